import type { ValidationIssue } from "@aod/sdk";
import { CliError, exitCodes } from "./cli-error.ts";
import type { KeySource } from "./config.ts";
import type { Theme } from "./output/theme.ts";

/** What is said about a failure on standard error, and the exit code. */
export interface Description {
  readonly text: string;
  readonly exitCode: number;
}

/** Explains any failure: what, and the next step. A failure nobody foresaw also gets its stack when `debug` is on. */
export async function describeError(
  error: unknown,
  { theme, debug, keySource }: { theme: Theme; debug: boolean; keySource?: KeySource | undefined },
): Promise<Description> {
  const { message, hint, exitCode } = await explainError(error, keySource);
  const lines = [`${theme.red("error:")} ${message}`];
  if (hint !== undefined) lines.push(hint);
  if (debug && error instanceof Error && error.stack) lines.push(error.stack);
  return { text: `${lines.join("\n")}\n`, exitCode };
}

/** A failure in words. */
export interface Explanation {
  readonly message: string;
  /** The next step. */
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** What a failure is to whoever ran the command. @param keySource Where the key was found that a server may have refused. */
export async function explainError(error: unknown, keySource?: KeySource): Promise<Explanation> {
  if (error instanceof CliError) return error;
  const { AodError, AodHttpError, ConnectionError, StreamIntegrityError, ValidationError } = await import("@aod/sdk");
  const explain = (message: string, hint?: string): Explanation => ({ message, hint, exitCode: exitCodes.failed });

  if (ValidationError.isInstance(error) && error.issues.length > 0) {
    const issues = error.issues.map(describeIssue);
    return explain(`The server refused ${issues.length === 1 ? "a field" : "some fields"}: ${issues.join("; ")}`);
  }
  if (AodHttpError.isInstance(error)) {
    const detail = typeof error.detail === "string" && error.detail !== "" ? error.detail : error.message;
    const request = error.requestId === null ? "" : ` (request ${error.requestId})`;
    return explain(
      `${detail}${error.status >= 500 ? request : ""}`,
      hintFor(error.status, { detail, path: new URL(error.url).pathname, keySource }),
    );
  }
  if (ConnectionError.isInstance(error)) {
    const origin = URL.canParse(error.url) ? new URL(error.url).origin : error.url;
    return explain(
      `Cannot reach the server at ${origin}: ${reasonOf(error)}`,
      "Is it running? Start one here with: aod serve --driver local. aod doctor looks further.",
    );
  }
  if (StreamIntegrityError.isInstance(error)) {
    return explain(error.message, "What was printed is not complete. Read it again with: aod logs ID");
  }
  if (AodError.isInstance(error)) return explain(error.message);
  return explain(
    `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`,
    "This is a fault of aod itself. AOD_DEBUG=1 shows where.",
  );
}

function describeIssue({ loc, msg }: ValidationIssue): string {
  // What its validation library puts before a server's own words says nothing; many of those name the field themselves.
  const text = msg.replace(/^Value error, /, "");
  return text.startsWith(`${loc.at(-1)} `) ? text : `${loc.join(".")}: ${text}`;
}

interface Refusal {
  readonly detail: string;
  readonly path: string;
  readonly keySource: KeySource | undefined;
}

function hintFor(status: number, { detail, path, keySource }: Refusal): string | undefined {
  const kind = /\/(agents|environments|sessions|keys)\b/.exec(path)?.[1];
  switch (status) {
    case 401:
      return hintAtKey(keySource);
    case 404:
      return kind === undefined ? undefined : `aod ${kind} list shows what there is.`;
    case 409:
      if (detail.startsWith("Version mismatch")) return "It was changed meanwhile. Look at it again, then repeat.";
      if (detail.startsWith("Cannot delete an active session")) return "End it first: aod sessions terminate ID";
      return undefined;
    case 429:
      return "aod sessions list --status running shows them; aod sessions terminate ID ends one.";
    case 503:
      return detail.includes("not configured") ? "Start the server with a driver: aod serve --driver local" : undefined;
    default:
      return undefined;
  }
}

function hintAtKey(source: KeySource | undefined): string {
  switch (source?.type) {
    case "file":
      return `The key is that of --token-file ${source.path}.`;
    case "variable":
      return "The key is that of AOD_API_TOKEN, which wins over saved ones. Set another, or unset it and use: aod login";
    case "profile":
      return `The key is that of the profile ${source.name}. Save another with: aod login --profile ${source.name}`;
    case undefined:
      return "Save another key with: aod login";
  }
}

/** The innermost cause's own words: `connect ECONNREFUSED 127.0.0.1:8777` says more than `fetch failed`. */
function reasonOf(error: Error): string {
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError) {
    const [first] = inner.errors as unknown[];
    if (first instanceof Error) return first.message;
  }
  return inner.message;
}
