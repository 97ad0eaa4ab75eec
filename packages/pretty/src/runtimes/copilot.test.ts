import { describe, expect, it } from "vitest";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const line = (type: string, data: object): object => ({ type, data });
const result = (exitCode: number): object => ({ type: "result", sessionId: "s", exitCode, usage: {} });

describe("copilot", () => {
  it("adds up what the model calls used", () => {
    const usage = line("assistant.usage", { inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, cost: 1 });
    const { events, result: end } = decodeObjects("copilot", [usage, usage, result(0)]);
    expect(events[0]).toStrictEqual({
      type: "usage",
      usage: { input_tokens: 10, output_tokens: 5, cache_read_tokens: 3 },
    });
    expect(end.usage).toStrictEqual({ input_tokens: 20, output_tokens: 10, cache_read_tokens: 6 });
  });

  it.each(["abort", "agent.interrupted"])("calls a turn with %s interrupted", (type) => {
    expect(decodeObjects("copilot", [line(type, {}), result(0)]).result.verdict).toBe("interrupted");
  });

  it("believes the status in its result, not only the program's", () => {
    expect(decodeObjects("copilot", [result(1)]).result.verdict).toBe("failure");
    expect(decodeObjects("copilot", [result(0)], { exitCode: 1 }).result.verdict).toBe("failure");
    expect(decodeObjects("copilot", []).result).toMatchObject({ reason: "the output ended before the result" });
  });

  it("forgives an error behind which the agent went on", () => {
    const error = line("session.error", { errorType: "query", message: "lost" });
    const answer = line("assistant.message", { messageId: "m", content: "Hi." });
    expect(decodeObjects("copilot", [error, answer, result(0)]).result).toMatchObject({
      verdict: "success",
      text: "Hi.",
    });
  });

  it("puts the work of a sub-agent under its call, and does not take its words for the answer", () => {
    const { events, result: end } = decodeObjects("copilot", [
      line("assistant.message", { messageId: "m", content: "Mine." }),
      line("assistant.message", { messageId: "n", content: "Theirs.", parentToolCallId: "c" }),
      line("tool.execution_start", { toolCallId: "d", toolName: "view", arguments: {}, parentToolCallId: "c" }),
      result(0),
    ]);
    expect(events.map((event) => event.parent_id)).toStrictEqual([undefined, "c", "c"]);
    expect(end.text).toBe("Mine.");
  });

  it("gives what went wrong with a tool", () => {
    const { events } = decodeObjects("copilot", [
      line("tool.execution_start", { toolCallId: "c", toolName: "add", arguments: {}, mcpServerName: "demo" }),
      line("tool.execution_complete", { toolCallId: "c", success: false, error: { message: "denied" } }),
    ]);
    expect(events).toStrictEqual([
      { type: "tool_call", id: "c", name: "add", kind: "mcp", input: {} },
      { type: "tool_result", id: "c", status: "error", name: "add", output: "denied" },
    ]);
  });

  it("shows reasoning in pieces, whole, and from the message only where it came not before", () => {
    const { events } = decodeObjects("copilot", [
      line("assistant.reasoning_delta", { reasoningId: "r", deltaContent: "H" }),
      line("assistant.reasoning", { reasoningId: "r", content: "Hm." }),
      line("assistant.message", { messageId: "m", content: "Hi.", reasoningText: "Hm." }),
      line("assistant.message", { messageId: "n", content: "So.", reasoningText: "Well." }),
      result(0),
    ]);
    expect(events.map((event) => ("text" in event ? [event.type, event.text] : event.type))).toStrictEqual([
      ["thinking", "H"],
      ["thinking", "Hm."],
      ["message", "Hi."],
      ["thinking", "Well."],
      ["message", "So."],
    ]);
  });

  it("reads the plan from a checklist", () => {
    const todos = "- [x] read\n- [ ] write";
    const { events } = decodeObjects("copilot", [
      line("tool.execution_start", { toolCallId: "c", toolName: "update_todo", arguments: { todos } }),
      result(0),
    ]);
    expect(events).toMatchObject([
      { type: "tool_call", kind: "plan" },
      {
        type: "plan",
        items: [
          { text: "read", status: "completed" },
          { text: "write", status: "pending" },
        ],
      },
    ]);
  });

  it.each([
    [
      "session.compaction_complete",
      { success: true, preCompactionTokens: 9000, postCompactionTokens: 100 },
      "The conversation was compacted: 9000 tokens became 100.",
    ],
    [
      "session.compaction_complete",
      { success: false, error: "too long" },
      "The conversation could not be compacted: too long",
    ],
    ["hook.end", { success: false, error: { message: "hook broke" } }, "hook broke"],
    ["subagent.failed", { toolCallId: "c", error: "no model" }, "no model"],
  ])("warns of %s %j", (type, data, message) => {
    expect(decodeObjects("copilot", [line(type, data), result(0)]).events).toStrictEqual([
      { type: "warning", message },
    ]);
  });

  it.each(["hook.start", "hook.end", "permission.requested", "subagent.started", "session.todos_changed"])(
    "keeps silent about %s",
    (type) => {
      expect(decodeObjects("copilot", [line(type, { success: true }), result(0)]).events).toStrictEqual([]);
    },
  );
});
