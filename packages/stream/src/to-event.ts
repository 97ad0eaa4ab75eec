import type { SessionEventType } from "@aod/core";
import { StreamError } from "./errors.ts";
import type { SseFrame } from "./parse.ts";
import type { StreamEvent } from "./types.ts";

// For each known type one field that it can't do without, and a value of that field's type.
const requiredFields = new Map<unknown, readonly [string, unknown]>(
  Object.entries({
    start: ["session_id", ""],
    stage: ["stage", ""],
    turn_start: ["turn", 0],
    output: ["data", ""],
    exit: ["code", 0],
    error: ["message", ""],
    terminated: ["message", ""],
    stale: ["message", ""],
  } satisfies Record<SessionEventType, readonly [string, unknown]>),
);

/**
 * The JSON of a frame.
 *
 * @throws StreamError with the code `invalid_response` when it is none
 */
export function parseFrame(frame: SseFrame): unknown {
  try {
    return JSON.parse(frame.data);
  } catch (cause) {
    throw invalid(frame, cause);
  }
}

/** The JSON of many small frames in a fifth less time than one by one; undefined when not each of them is JSON. */
export function parseFrames(frames: readonly SseFrame[]): unknown[] | undefined {
  try {
    const values = JSON.parse(`[${frames.map((frame) => frame.data).join()}]`) as unknown[];
    // Pieces that are JSON only together, such as `{"a":1` and `"b":2}`, give fewer values.
    if (values.length === frames.length) return values;
  } catch {
    // Whose fault it is shows when they are parsed one by one.
  }
  return undefined;
}

/**
 * The event in a frame.
 *
 * @param json what `parseFrame` returned
 * @throws StreamError with the code `invalid_response` when that is no object
 */
export function toEvent(frame: SseFrame, json: unknown): StreamEvent {
  const event = json as Partial<Record<string, unknown>> | null;
  // Nearly all events are output; this spares them the general way.
  if (event?.["type"] === "output" && typeof event["data"] === "string") return event as StreamEvent;
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw invalid(frame);
  const rawType = typeof event["type"] === "string" ? event["type"] : null;
  const required = requiredFields.get(rawType);
  if (required && typeof event[required[0]] === typeof required[1]) return event as StreamEvent;
  return Object.assign(event, { type: "unknown" as const, rawType });
}

function invalid({ id, data }: SseFrame, cause?: unknown): StreamError {
  // Its text may hold anything, so it is not repeated here.
  return new StreamError(
    "invalid_response",
    `An event is no JSON object (id ${id ?? "none"}, ${data.length} characters).`,
    {
      cause,
    },
  );
}
