import type { LineDecoder } from "../types.ts";
import { createOpencodeLineDecoder } from "./opencode.ts";

/** `kilo run --format json`: a fork of opencode that prints what opencode prints. */
export function createKiloLineDecoder(): LineDecoder {
  return createOpencodeLineDecoder();
}
