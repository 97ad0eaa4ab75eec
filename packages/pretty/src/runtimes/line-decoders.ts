import type { LineDecoder } from "../types.ts";
import { createClaudeLineDecoder } from "./claude.ts";

/** By the name of the runtime. */
export const lineDecoders: ReadonlyMap<string, () => LineDecoder> = new Map([["claude", createClaudeLineDecoder]]);
