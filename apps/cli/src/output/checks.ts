import type { Check } from "../commands/doctor/check.ts";
import type { Symbols } from "./symbols.ts";
import { toLine } from "./text.ts";
import type { Theme } from "./theme.ts";

const looks = {
  ok: { sign: "done", style: "green" },
  warning: { sign: "note", style: "yellow" },
  broken: { sign: "failed", style: "red" },
  skipped: { sign: "skipped", style: "dim" },
} as const;

/** A check a line, and below those that need it how to mend it. */
export function renderChecks(checks: readonly Check[], theme: Theme, symbols: Symbols): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, message, fix }) => {
      const { sign, style } = looks[status];
      const line = `${theme[style](symbols[sign])} ${theme.bold(name.padEnd(width))}  ${toLine(message)}\n`;
      return fix === undefined ? line : `${line}${" ".repeat(width + 4)}${theme.dim(fix)}\n`;
    })
    .join("");
}
