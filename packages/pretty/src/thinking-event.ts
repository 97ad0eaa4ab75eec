import type { AgentEvent } from "@aod/core";
import { defined, toText, type JsonObject } from "./json-line.ts";

/** A whole thought, from an object with its text and id; undefined when it has no text. */
export function thinkingEvent({ text: said, id }: JsonObject): AgentEvent[] | undefined {
  const text = toText(said);
  return text === undefined ? undefined : [defined({ type: "thinking", text, delta: false, message_id: toText(id) })];
}
