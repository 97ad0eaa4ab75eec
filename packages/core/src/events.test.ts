import { describe, expect, it } from "vitest";
import { isTerminalEvent, sessionEventSchema, terminalEventTypes } from "./events.ts";

// As printed in the quickstart, as other servers send them, and with the fields that prove completeness.
const samples = [
  { type: "start", runtime: "claude", session_id: "6f1c" },
  { type: "start", runtime: "claude", provider: "anthropic", session_id: "6f1c" },
  { type: "stage", id: 1, stage: "setup_script", state: "started" },
  { type: "stage", id: 2, stage: "setup_script", state: "done", duration_ms: 812 },
  { type: "stage", id: 3, stage: "packages", state: "failed", duration_ms: 4.5, message: "no such package" },
  { type: "turn_start", id: 4, turn: 1 },
  { type: "output", id: 4, stream: "stdout", data: "Thu Apr 17\n", turn: 1 },
  { type: "output", id: 5, stream: "stderr", data: "", turn: null },
  { type: "exit", id: 6, code: 0 },
  { type: "exit", id: 6, code: 0, count: 5, digest: "ab".repeat(32) },
  { type: "error", id: 6, message: "Session failed", reason: "The setup script ended with 3." },
  { type: "error", message: "Session failed" },
  { type: "terminated", id: 6, message: "Session terminated" },
  { type: "stale", id: 6, message: "No output for 600s" },
];

describe("sessionEventSchema", () => {
  it.each(samples)("takes $type and keeps fields it does not know", (sample) => {
    const event = { ...sample, from_a_newer_server: [1] };
    expect(sessionEventSchema.parse(event)).toEqual(event);
  });

  it.each([{ type: "output", id: 1 }, { type: "exit", id: 1, code: "0" }, { type: "later" }, {}])(
    "refuses %j",
    (event) => {
      expect(sessionEventSchema.safeParse(event).success).toBe(false);
    },
  );
});

describe("isTerminalEvent", () => {
  it("is true for the four events that end a connection", () => {
    const terminal = samples.map((sample) => sessionEventSchema.parse(sample)).filter(isTerminalEvent);
    expect([...new Set(terminal.map((event) => event.type))]).toEqual([...terminalEventTypes]);
  });
});
