import { describe, expect, it } from "vitest";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const result = (fields: object): object => ({
  type: "result",
  subtype: "success",
  is_error: false,
  num_turns: 1,
  ...fields,
});
const usage = { input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 40 };

describe("qwen", () => {
  it("calls an API error a failure although qwen calls it a success", () => {
    const said = '[API Error: {"error":{"message":"Too many","code":429}}]';
    const message = { id: "m", role: "assistant", content: [{ type: "text", text: said }] };
    const { events, result: end } = decodeObjects("qwen", [{ type: "assistant", message }, result({ result: said })]);
    expect(events).toStrictEqual([{ type: "error", message: "Too many (429)" }]);
    expect(end).toMatchObject({ verdict: "failure", reason: "Too many (429)" });
    expect(end).not.toHaveProperty("text");
  });

  it("does not count what came from a cache twice, and gives the turn's part of the conversation's total", () => {
    const usageBefore = { input_tokens: 60, output_tokens: 4, cache_read_tokens: 40 };
    const { result: end } = decodeObjects("qwen", [result({ result: "Hi", usage })], { exitCode: 0 }, { usageBefore });
    expect(end.usage).toStrictEqual({ input_tokens: 40, output_tokens: 6, cache_read_tokens: 0 });
    expect(end.thread_usage).toStrictEqual({ input_tokens: 100, output_tokens: 10, cache_read_tokens: 40 });
  });

  it("gives no usage of the turn when nobody knows what was used before it", () => {
    expect(decodeObjects("qwen", [result({ result: "Hi", usage })]).result).not.toHaveProperty("usage");
  });

  it("knows its own tools", () => {
    const use = (name: string, input: object): object => ({ type: "tool_use", id: name, name, input });
    const todos = [{ id: "1", content: "a", status: "pending" }];
    const content = [
      use("run_shell_command", { command: "ls" }),
      use("todo_write", { todos }),
      use("mcp__demo__add", {}),
    ];
    const { events } = decodeObjects("qwen", [{ type: "assistant", message: { id: "m", content } }]);
    expect(events.map((event) => (event.type === "tool_call" ? event.kind : event))).toStrictEqual([
      "shell",
      "plan",
      { type: "plan", items: [{ text: "a", status: "pending" }] },
      "mcp",
    ]);
  });

  it("is a failure without a result, and interrupted when somebody stopped it", () => {
    expect(decodeObjects("qwen", []).result.verdict).toBe("failure");
    expect(decodeObjects("qwen", [], { exitCode: null, interrupted: true }).result.verdict).toBe("interrupted");
  });
});
