import type { LineDecoder } from "../types.ts";
import { createRawLineDecoder } from "./raw-lines.ts";

/** The user's own program: its lines mean what they say, and its exit status is the verdict. */
export function createCommandLineDecoder(): LineDecoder {
  return createRawLineDecoder();
}
