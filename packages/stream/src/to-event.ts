import type { SessionEventType } from "@aod/core";
import { StreamError } from "./errors.ts";
import type { SseFrame } from "./parse.ts";
import type { StreamEvent } from "./types.ts";

// For each known type one field that it can't do without. No prototype: a type may have any name.
const requiredFields: Readonly<Record<SessionEventType, string> & Partial<Record<string, string | null>>> = {
  __proto__: null,
  start: "session_id",
  stage: "stage",
  turn_start: "turn",
  output: "data",
  exit: "code",
  error: "message",
  terminated: "message",
  stale: "message",
};

/** The JSON of a text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error is not kept: it quotes the text, which may hold anything.
    return undefined;
  }
}

/** The JSON of many small frames in a fifth less time than one by one; undefined when not each of them is JSON. */
export function parseFrames(frames: readonly SseFrame[]): readonly unknown[] | undefined {
  const values = parseJson(`[${frames.map((frame) => frame.data).join()}]`) as readonly unknown[] | undefined;
  // Pieces that are JSON only together, such as `{"a":1` and `"b":2}`, give fewer values.
  return values?.length === frames.length ? values : undefined;
}

/**
 * The event in a frame.
 *
 * @param json the frame's data, parsed
 * @throws StreamError with the code `invalid_response` when that is no object
 */
export function toEvent({ id, data }: SseFrame, json: unknown): StreamEvent {
  const event = json as Partial<Record<string, unknown>> | null | undefined;
  // Nearly all events are output; this spares them the general way.
  if (event?.["type"] === "output" && typeof event["data"] === "string") return event as StreamEvent;
  if (!event || typeof event !== "object" || Array.isArray(event)) {
    throw new StreamError(
      "invalid_response",
      `An event is no JSON object (id ${id ?? "none"}, ${data.length} characters).`,
    );
  }
  const rawType = typeof event["type"] === "string" ? event["type"] : null;
  const required = requiredFields[rawType as string];
  const type = required === "turn" || required === "code" ? "number" : "string";
  if (required && typeof event[required] === type) return event as StreamEvent;
  return Object.assign(event, { type: "unknown" as const, rawType });
}
