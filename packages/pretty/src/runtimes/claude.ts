import type { LineDecoder } from "../types.ts";
import { createRawLineDecoder } from "./raw-lines.ts";

/** `claude --print --output-format stream-json --verbose`, with or without `--include-partial-messages`. */
export function createClaudeLineDecoder(): LineDecoder {
  return createRawLineDecoder();
}
