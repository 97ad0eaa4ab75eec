import type { AgentEvent, AgentResult } from "@aod/core";
import { createDecoder, type DecoderOptions, type ProgramEnd } from "../../src/index.ts";

/** The events of a program that printed these objects, one a line; the result is apart. */
export function decodeObjects(
  runtime: string,
  objects: readonly object[],
  end: ProgramEnd = { exitCode: 0 },
  options?: DecoderOptions,
): { readonly events: AgentEvent[]; readonly result: AgentResult } {
  const decoder = createDecoder(runtime, options);
  const events = decoder.write(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
  events.push(...decoder.end(end));
  const result = events.pop();
  if (result?.type !== "result") throw new Error("The last event is no result");
  return { events, result };
}
