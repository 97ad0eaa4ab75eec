import pino from "pino";
import type { Logger } from "pino";
import type { ServerEnv } from "./env.ts";
import { openLogOutput } from "./log-output.ts";

/** Headers and fields that may hold a secret, wherever an object with them is logged. */
const secretNames = ["authorization", "x-api-key", "cookie", "token", "key", "password", "secret", "env", "prompt"];
const redacted = secretNames.flatMap((name) => {
  const path = /^\w+$/.test(name) ? name : `["${name}"]`;
  const separator = path.startsWith("[") ? "" : ".";
  return [path, `*${separator}${path}`, `*.headers${separator}${path}`];
});

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack: string;
  readonly cause?: LoggedError;
}

/** An error as it may be logged. A failed query names its statement, but never its parameters: they are people's data. */
function toLoggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: "", stack: "" };
  const message = "query" in error && "params" in error ? `Failed query: ${String(error.query)}` : error.message;
  const stack = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message,
    ...("code" in error && typeof error.code === "string" && { code: error.code }),
    stack: stack.join("\n"),
    ...(error.cause !== undefined && depth < 5 && { cause: toLoggedError(error.cause, depth + 1) }),
  };
}

/**
 * The server's log: one JSON object a line, on stderr. stdout is for what the caller asked for.
 *
 * @param destination Where the lines go instead.
 */
export function createLogger(env: Pick<ServerEnv, "logLevel">, destination?: { write(line: string): void }): Logger {
  return pino(
    {
      level: env.logLevel,
      redact: { paths: redacted, censor: "[redacted]" },
      serializers: { err: (error: unknown) => toLoggedError(error) },
    },
    destination ?? openLogOutput(),
  );
}
