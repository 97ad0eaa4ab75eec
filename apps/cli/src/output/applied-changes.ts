import { stringify } from "yaml";
import type { Theme } from "./theme.ts";

/** What became of one agent or environment; the shape of `aod apply --json`. */
export interface AppliedChange {
  readonly kind: "environment" | "agent";
  readonly name: string;
  /** Null when it would be made by more than a dry run. */
  readonly id: string | null;
  /** `compared`: only its sealed variables may differ, and only the server can tell; in dry runs. */
  readonly action: "created" | "updated" | "unchanged" | "compared";
  readonly version: number;
  readonly from_version?: number;
  readonly changes: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
}

const looks = {
  created: { sign: "+", style: "green" },
  updated: { sign: "~", style: "yellow" },
  unchanged: { sign: " ", style: "dim" },
  compared: { sign: "?", style: "dim" },
} as const;

/** One agent or environment: what became of it, and each field that changed, as a diff. */
export function renderAppliedChange(change: AppliedChange, dryRun: boolean, theme: Theme): string {
  const { sign, style } = looks[change.action];
  const versions = change.from_version === undefined ? "" : ` (version ${change.from_version} -> ${change.version})`;
  const head = `${sign} ${change.kind} ${change.name}: ${verb(change.action, dryRun)}${versions}`;
  const diff = change.changes.flatMap(({ field, from, to }) => renderField(field, from, to, theme));
  return [theme[style](head), ...diff].join("\n") + "\n";
}

/** The last line: how many of each. */
export function renderApplySummary(changes: readonly AppliedChange[], dryRun: boolean): string {
  const counts = (["created", "updated", "unchanged", "compared"] as const).flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? [] : [`${count} ${verb(action, dryRun)}`];
  });
  return `${counts.join(", ")}\n`;
}

function verb(action: AppliedChange["action"], dryRun: boolean): string {
  if (action === "compared") return "would compare its variables";
  return dryRun && action !== "unchanged" ? `would be ${action}` : action;
}

function renderField(field: string, from: unknown, to: unknown, theme: Theme): string[] {
  const before = toLines(from);
  const after = toLines(to);
  // What both begin and end with says nothing new.
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  const lines = [
    ...removed.map((line) => theme.red(`      - ${line}`)),
    ...added.map((line) => theme.green(`      + ${line}`)),
  ];
  return [`    ${field}:`, ...(lines.length > 0 ? lines : [theme.dim("      (a hidden value)")])];
}

function toLines(value: unknown): string[] {
  if (value === undefined || value === null || value === "") return [];
  const text = typeof value === "string" ? value : stringify(value);
  // Lines of a file and of a server: neither may drive the terminal.
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, " "));
}
