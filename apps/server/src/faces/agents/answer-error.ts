import { errorCodes } from "@aod/core/errors";
import { DomainError } from "../../domain/domain-error.ts";
import { toDatabaseError } from "../../store/database-error.ts";
import { textOf } from "./error-texts.ts";
import { FaceError } from "./face-error.ts";
import type { Answer } from "./face-route.ts";
import { tooLarge } from "./read-body.ts";

/** An answer, and what the log should know that the client should not. */
export interface ErrorAnswer {
  readonly answer: Answer;
  /** Set when something is wrong with the server rather than with the request. */
  readonly fault?: Readonly<Record<string, unknown>>;
}

// The driver has no code for these.
const unreachable = /connection terminated|timeout exceeded when trying to connect|cannot use a pool after/i;
// Connection lost, refused or shutting down; out of resources; a deadlock or a conflict that a repeat solves.
const temporary = /^(E[A-Z]+|08...|57P..|53...|40001|40P01)$/;

const diskFull = "No space left on the server's disk. Free some, then try again.";

function isDiskFull(error: unknown): boolean {
  return /^(53100|ENOSPC|EDQUOT)$/.test(toDatabaseError(error)?.code ?? "");
}

function isDatabaseUnavailable(error: unknown): boolean {
  const code = toDatabaseError(error)?.code;
  if (code !== undefined) return temporary.test(code);
  for (let current = error; current instanceof Error; current = current.cause) {
    if (unreachable.test(current.message)) return true;
  }
  return false;
}

/** What may be logged of a fault. A query's own text is left out: it ends with its parameters. */
function describeFault(error: unknown): Readonly<Record<string, unknown>> {
  const database = toDatabaseError(error);
  if (database !== null) return { ...database, stack: stackFrames(error) };
  if (!(error instanceof Error)) return { message: typeof error };
  return { name: error.name, message: isQueryError(error) ? "query failed" : error.message, stack: stackFrames(error) };
}

const isQueryError = (error: Error) => "query" in error && "params" in error;

/** Without the first lines, which repeat the message. */
function stackFrames(error: unknown): string {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return lines.filter((line) => /^\s+at /.test(line)).join("\n");
}

/** The framework's own refusals: their messages are about the request, and safe to give. */
function frameworkStatus(error: unknown): number | null {
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  const isOwn = typeof code === "string" && code.startsWith("FST_");
  return isOwn && typeof statusCode === "number" && statusCode < 500 ? statusCode : null;
}

const retryAfter = { "retry-after": "1" };

/** Turns whatever was thrown into an answer. */
export function answerError(error: unknown): ErrorAnswer {
  if (error instanceof FaceError) {
    const { status, detail, headers } = error;
    return { answer: { status, body: detail === "" ? "" : { detail }, headers } };
  }
  if (DomainError.isInstance(error)) {
    const { problem, code } = error;
    const quota = problem.reason === "quota_reached" ? { limit: problem.limit, active: problem.active } : {};
    const status = errorCodes[code].status ?? 500;
    const headers = problem.reason === "idempotency_key_busy" ? retryAfter : {};
    return { answer: { status, body: { detail: textOf(problem), ...quota }, headers } };
  }
  const status = frameworkStatus(error);
  if (status === 413) return answerError(tooLarge(error));
  if (status !== null) return { answer: { status, body: { detail: (error as Error).message } } };
  const fault = describeFault(error);
  if (isDatabaseUnavailable(error)) {
    const body = { detail: isDiskFull(error) ? diskFull : "Database is not available. Try again." };
    return { answer: { status: 503, body, headers: retryAfter }, fault };
  }
  return { answer: { status: 500, body: { detail: "Internal server error" } }, fault };
}
