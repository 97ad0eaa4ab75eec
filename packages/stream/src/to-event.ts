import { StreamError } from "./errors.ts";
import type { SseFrame } from "./parse.ts";
import type { StreamEvent } from "./types.ts";

// For each known type one field that it can't do without, and what that field must be.
const requiredFields = new Map<unknown, readonly [string, string]>([
  ["start", ["session_id", "string"]],
  ["stage", ["stage", "string"]],
  ["turn_start", ["turn", "number"]],
  ["output", ["data", "string"]],
  ["exit", ["code", "number"]],
  ["error", ["message", "string"]],
  ["terminated", ["message", "string"]],
  ["stale", ["message", "string"]],
]);

/**
 * The event in a frame.
 *
 * @throws StreamError with the code `invalid_response` when the frame does not hold a JSON object
 */
export function toEvent(frame: SseFrame): StreamEvent {
  let event: unknown;
  try {
    event = JSON.parse(frame.data);
  } catch (cause) {
    throw new StreamError("invalid_response", `${name(frame)} is not JSON.`, { cause });
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw new StreamError("invalid_response", `${name(frame)} is not a JSON object.`);
  }
  const fields = event as Record<string, unknown>;
  const required = requiredFields.get(fields["type"]);
  if (required && typeof fields[required[0]] === required[1]) return fields as StreamEvent;
  return { ...fields, type: "unknown", rawType: typeof fields["type"] === "string" ? fields["type"] : null };
}

function name({ id, data }: SseFrame): string {
  return `An event of ${data.length} characters ${id === undefined ? "without an id" : `with the id ${id}`}`;
}
