import { describe, expect, it } from "vitest";
import { createDecoder } from "../index.ts";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const stepStart = { type: "step_start", part: {} };
const stepFinish = (reason: string): object => ({
  type: "step_finish",
  part: { reason, tokens: { input: 10, output: 5, reasoning: 2, cache: { read: 3, write: 1 } }, cost: 0.1 },
});
const text = { type: "text", part: { id: "p", text: "Done." } };
const tool = (name: string, state: object): object => ({ type: "tool_use", part: { callID: "c", tool: name, state } });

describe.each(["opencode", "kilo"])("%s", (runtime) => {
  it("adds up the model calls, with caches and reasoning in the totals", () => {
    const lines = [stepStart, stepFinish("tool-calls"), stepStart, text, stepFinish("stop")];
    expect(decodeObjects(runtime, lines).result).toStrictEqual({
      type: "result",
      verdict: "success",
      text: "Done.",
      usage: {
        input_tokens: 28,
        output_tokens: 14,
        cache_read_tokens: 6,
        cache_write_tokens: 2,
        reasoning_tokens: 4,
        cost_usd: 0.2,
      },
      model_turns: 2,
    });
  });

  it.each([
    ["in the middle of a step", [stepStart, text], "the output ended in the middle of a step"],
    ["behind a tool call", [stepStart, stepFinish("tool-calls")], "it stopped behind a tool call, without an answer"],
    ["without any output", [], "the output ended in the middle of a step"],
    ["by a content filter", [stepStart, stepFinish("content-filter")], "the model stopped: content-filter"],
  ])("calls an end %s a failure although the status is 0", (_where, lines, reason) => {
    expect(decodeObjects(runtime, lines).result).toMatchObject({ verdict: "failure", reason });
  });

  it("warns when the answer was cut at the token limit", () => {
    const { events, result } = decodeObjects(runtime, [stepStart, text, stepFinish("length")]);
    expect(events.at(-1)).toStrictEqual({ type: "warning", message: "the answer reached the token limit" });
    expect(result.verdict).toBe("success");
  });

  it("calls an error final, also when the model had finished a step", () => {
    const error = { name: "APIError", data: { message: "[API Error: no]", statusCode: 500 } };
    const { events, result } = decodeObjects(runtime, [stepStart, stepFinish("stop"), { type: "error", error }], {
      exitCode: 1,
    });
    expect(events.at(-1)).toStrictEqual({ type: "error", message: "no", code: "APIError" });
    expect(result).toMatchObject({ verdict: "failure", reason: "no" });
  });

  it("calls an aborted message interrupted", () => {
    const error = { name: "MessageAbortedError", data: { message: "aborted" } };
    expect(decodeObjects(runtime, [{ type: "error", error }], { exitCode: 1 }).result.verdict).toBe("interrupted");
  });

  it("shows a step that begins again as a retry", () => {
    expect(decodeObjects(runtime, [stepStart, stepStart]).events).toStrictEqual([
      { type: "retry", message: "the model's answer broke off" },
    ]);
  });

  it("gives the answer of a sub-agent without its wrapper", () => {
    const state = { status: "completed", input: {}, output: "task_id: 1\n<task_result>\n42\n</task_result>" };
    expect(decodeObjects(runtime, [tool("task", state)]).events[1]).toMatchObject({ status: "success", output: "42" });
  });

  it("gives the error of a tool", () => {
    const state = { status: "error", input: {}, error: "File not found" };
    expect(decodeObjects(runtime, [tool("read", state)]).events[1]).toMatchObject({
      status: "error",
      output: "File not found",
    });
  });

  it("gives the plan between the call that writes it and its result", () => {
    const input = { todos: [{ content: "a", status: "in_progress" }] };
    const { events } = decodeObjects(runtime, [tool("todowrite", { status: "completed", input, output: "" })]);
    expect(events.map(({ type }) => type)).toStrictEqual(["tool_call", "plan", "tool_result"]);
  });

  it("reads warnings from stderr, and what the error line said only once", () => {
    const decoder = createDecoder(runtime);
    decoder.write('{"type":"error","error":{"name":"APIError","data":{"message":"no"}}}\n');
    const stderr =
      '\u001b[93m\u001b[1m! \u001b[0m agent "x" not found\n\u001b[91m\u001b[1mError: \u001b[0mno\nError: yes\n';
    expect(decoder.write(stderr, "stderr")).toStrictEqual([
      { type: "warning", message: 'agent "x" not found' },
      { type: "raw", stream: "stderr", line: "Error: yes" },
    ]);
  });
});
