import { createHash } from "node:crypto";
import { encodeComment, encodeEvent } from "../../src/encode.ts";
import type { StreamEvent } from "../../src/types.ts";

const logged = [
  { type: "stage", id: 1, stage: "setup_script", state: "started" },
  { type: "stage", id: 2, stage: "setup_script", state: "done", duration_ms: 812 },
  { type: "output", id: 3, stream: "stdout", data: "größer: 日本語 👩‍💻\n", turn: 1 },
  { type: "output", id: 4, stream: "stderr", data: "\u001b[31mwarning\u001b[0m\r\n", turn: 1 },
  // 5 was the terminal event of turn 1, which turn 2 has superseded.
  { type: "output", id: 6, stream: "stdout", data: 'a "quoted" data: id: 99\n\n', turn: 2, extra: { kept: true } },
  { type: "output", id: 7, stream: "stdout", data: "", turn: 2 },
  { type: "from_a_newer_server", id: 8, note: ["kept"] },
  { type: "output", id: 9, stream: "stdout", data: "x".repeat(120), turn: 2 },
];

const digest = createHash("sha256");
for (const event of logged) digest.update(JSON.stringify(event) + "\n");

/** The event at the end of {@link recordedSession}. */
export const terminalEvent = { type: "exit", id: 10, code: 0, count: logged.length, digest: digest.digest("hex") };

const startEvent = { type: "start", runtime: "command", provider: "command", session_id: "6f1c" };

/** What a server sends for the finished session to a reader that has seen everything up to `after`. */
export function recordedSession(after = 0, terminal: object = terminalEvent): string {
  const frames = [encodeEvent({ data: JSON.stringify(startEvent) })];
  let turn: number | undefined;
  for (const event of logged) {
    if (event.id <= after) continue;
    if (event.turn !== undefined && event.turn !== turn) {
      turn = event.turn;
      frames.push(encodeEvent({ data: JSON.stringify({ type: "turn_start", id: event.id, turn }) }));
    }
    frames.push(encodeEvent({ id: event.id, data: JSON.stringify(event) }), encodeComment("heartbeat"));
  }
  frames.push(encodeEvent({ id: 10, data: JSON.stringify(terminal) }));
  return frames.join("");
}

/** What a reader of the whole session is given. */
export const recordedEvents = [
  startEvent,
  ...logged.flatMap((event) => {
    if (event.type === "from_a_newer_server") return [{ ...event, type: "unknown", rawType: event.type }];
    if (event.id === 3) return [{ type: "turn_start", id: 3, turn: 1 }, event];
    if (event.id === 6) return [{ type: "turn_start", id: 6, turn: 2 }, event];
    return [event];
  }),
  terminalEvent,
] as StreamEvent[];
