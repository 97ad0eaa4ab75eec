import { rawLine } from "../json-line.ts";
import { resultOfEnd } from "../result-of-end.ts";
import type { LineDecoder } from "../types.ts";

/** Leaves every line as it is, and judges by the exit status: for runtimes whose output we do not know. */
export function createRawLineDecoder(): LineDecoder {
  return { line: (line) => [rawLine(line)], end: (end) => [resultOfEnd(end)] };
}
