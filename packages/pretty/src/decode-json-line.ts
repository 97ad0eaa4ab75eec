import type { AgentEvent } from "@aod/core";
import { parseJsonObject, rawLine, type JsonObject } from "./json-line.ts";

/**
 * The events of a line that should be one JSON object: none for a blank one. What `decode` does not know (undefined) becomes `raw`; an empty
 * list is for lines that are known and say nothing about what the agent did.
 */
export function decodeJsonLine(line: string, decode: (object: JsonObject) => AgentEvent[] | undefined): AgentEvent[] {
  const object = parseJsonObject(line);
  const events = object && decode(object);
  return events ?? (line.trim() === "" ? [] : [rawLine(line)]);
}
