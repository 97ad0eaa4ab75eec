import { expect, test } from "vitest";
import { fromWire, toWire, toWireAgentEvent, toWireEvent } from "./wire.ts";

test("gives models the names of the HTTP API, the id first, and leaves free keys as they are", () => {
  const model = {
    createdAt: "t",
    metadata: { someKey: 1 },
    networking: { type: "limited", allowedHosts: [] },
    id: "i",
  };
  expect(Object.entries(toWire(model))).toEqual([
    ["id", "i"],
    ["created_at", "t"],
    ["metadata", { someKey: 1 }],
    ["networking", { type: "limited", allowed_hosts: [] }],
  ]);
});

test("keeps what a newer server calls a field", () => {
  expect(toWire({ newField: 1, new_field: 2 })).toEqual({ newField: 1, new_field: 2 });
  expect(toWireEvent({ type: "unknown", rawType: "novelty", someField: 1 })).toEqual({ type: "novelty", someField: 1 });
});

test("translates an agent event and its usage, not what a tool was given", () => {
  const input = { someKey: 1 };
  expect(toWireAgentEvent({ position: 1, type: "tool_call", id: "t", name: "n", kind: "other", input })).toMatchObject({
    input,
  });
  const result = { position: 2, type: "result", verdict: "success", usage: { inputTokens: 1 }, modelTurns: 3 } as const;
  expect(toWireAgentEvent(result)).toMatchObject({ usage: { input_tokens: 1 }, model_turns: 3 });
});

test("takes the names of a file", () => {
  expect(fromWire({ environment_id: "e", metadata: { some_key: 1 } })).toEqual({
    environmentId: "e",
    metadata: { some_key: 1 },
  });
});
