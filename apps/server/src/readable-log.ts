interface LogEntry {
  readonly level?: number;
  readonly msg?: string;
  readonly err?: LoggedCause;
}

interface LoggedCause {
  readonly message?: string;
  readonly cause?: LoggedCause;
}

const errorLevel = 50;
const warningLevel = 40;
/** Of every line, so that it says nothing. */
const everywhere: readonly string[] = ["level", "time", "pid", "hostname", "msg", "err"];

/** A line of the log for somebody at a terminal: what happened, why, and the fields that say of what. */
export function toReadableLine(line: string): string {
  const entry = JSON.parse(line) as LogEntry;
  const { level = 0, msg = "", err } = entry;
  const word = level >= errorLevel ? "error: " : level >= warningLevel ? "warning: " : "";
  const fields = Object.entries(entry)
    .filter(([name]) => !everywhere.includes(name))
    .map(([name, value]: [string, unknown]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `${[word + msg, ...reasonsOf(err)].join(": ")}${fields.length > 0 ? ` (${fields.join(", ")})` : ""}\n`;
}

function reasonsOf(error: LoggedCause | undefined): string[] {
  return error === undefined ? [] : [error.message ?? "", ...reasonsOf(error.cause)].filter((text) => text !== "");
}
