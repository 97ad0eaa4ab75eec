import type { AgentResult } from "@aod/core";
import type { ProgramEnd } from "./types.ts";

/** The result of a turn whose output has none: by the exit status alone. `createDecoder` adds a missing `reason`. */
export function resultOfEnd({ exitCode, interrupted = false }: ProgramEnd): AgentResult {
  if (interrupted) return { type: "result", verdict: "interrupted" };
  return { type: "result", verdict: exitCode === 0 ? "success" : "failure" };
}
