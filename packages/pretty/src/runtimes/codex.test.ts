import { describe, expect, it } from "vitest";
import { createDecoder } from "../index.ts";
import { decodeObjects } from "../../test/support/decode-objects.ts";

const started = [{ type: "thread.started", thread_id: "t" }, { type: "turn.started" }];
const completed = {
  type: "turn.completed",
  usage: { input_tokens: 3000, output_tokens: 128, cached_input_tokens: 2048 },
};
const total = { input_tokens: 3000, output_tokens: 128, cache_read_tokens: 2048 };
const item = (stage: string, fields: object): object => ({ type: `item.${stage}`, item: { id: "item_0", ...fields } });

describe("codex", () => {
  it("subtracts what the thread had used before from its running total", () => {
    const usageBefore = { input_tokens: 1000, output_tokens: 28, cache_read_tokens: 2048 };
    const { result } = decodeObjects("codex", [...started, completed], { exitCode: 0 }, { usageBefore });
    expect(result).toStrictEqual({
      type: "result",
      verdict: "success",
      usage: { input_tokens: 2000, output_tokens: 100, cache_read_tokens: 0 },
      thread_usage: total,
    });
  });

  it("takes the running total of a thread's first turn as it is", () => {
    const { result } = decodeObjects("codex", [...started, completed], { exitCode: 0 }, { usageBefore: {} });
    expect(result.usage).toStrictEqual(total);
  });

  it.each([undefined, { input_tokens: 5000 }])(
    "gives no usage of the turn when the total before was %j",
    (usageBefore) => {
      const options = usageBefore && { usageBefore };
      const { result } = decodeObjects("codex", [...started, completed], { exitCode: 0 }, options);
      expect(result).toStrictEqual({ type: "result", verdict: "success", thread_usage: total });
    },
  );

  it("tells retries from errors, and says the last error once", () => {
    const { events, result } = decodeObjects(
      "codex",
      [
        ...started,
        { type: "error", message: "Reconnecting... 1/5 (stream closed)" },
        { type: "error", message: "Reconnecting... 2/5" },
        { type: "error", message: '{"error":{"message":"Model not supported","code":400}}' },
        { type: "turn.failed", error: { message: '{"error":{"message":"Model not supported","code":400}}' } },
      ],
      { exitCode: 1 },
    );
    expect(events.slice(1)).toStrictEqual([
      { type: "retry", message: "stream closed", attempt: 1, max_attempts: 5 },
      { type: "retry", message: "Reconnecting", attempt: 2, max_attempts: 5 },
      { type: "error", message: "Model not supported (400)" },
    ]);
    expect(result).toStrictEqual({ type: "result", verdict: "failure", reason: "Model not supported (400)" });
  });

  it("calls a turn that stops with status 1 and without an error interrupted", () => {
    expect(decodeObjects("codex", started, { exitCode: 1 }).result).toStrictEqual({
      type: "result",
      verdict: "interrupted",
    });
  });

  it("takes the reason from stderr when the program never came to a turn", () => {
    const decoder = createDecoder("codex");
    const lines = "Reading additional input from stdin...\nNot inside a trusted directory\n";
    expect(decoder.write(lines, "stderr")).toStrictEqual([
      { type: "raw", stream: "stderr", line: "Not inside a trusted directory" },
    ]);
    expect(decoder.end({ exitCode: 1 }).at(-1)).toMatchObject({
      verdict: "failure",
      reason: "Not inside a trusted directory",
    });
  });

  it("does not take for a reason what is on stderr in every turn", () => {
    const decoder = createDecoder("codex");
    decoder.write("Reading additional input from stdin...\n", "stderr");
    expect(decoder.end({ exitCode: 101 })).toMatchObject([{ verdict: "failure", reason: "exited with status 101" }]);
  });

  it("does not call a turn a success whose end is missing", () => {
    expect(decodeObjects("codex", started, { exitCode: 0 }).result).toMatchObject({
      verdict: "failure",
      reason: "the output ended before the turn did",
    });
  });

  it("gives the plan when it changes", () => {
    const list = (stage: string, done: boolean): object =>
      item(stage, {
        type: "todo_list",
        items: [
          { text: "a", completed: done },
          { text: "b", completed: false },
        ],
      });
    const { events } = decodeObjects("codex", [list("started", false), list("updated", true), list("completed", true)]);
    expect(events).toStrictEqual([
      {
        type: "plan",
        items: [
          { text: "a", status: "pending" },
          { text: "b", status: "pending" },
        ],
      },
      {
        type: "plan",
        items: [
          { text: "a", status: "completed" },
          { text: "b", status: "pending" },
        ],
      },
    ]);
  });

  it("gives a call once, before its result, also when its start or an update was printed", () => {
    const command = { type: "command_execution", command: "/bin/bash -lc ls", aggregated_output: "" };
    const lines = [
      item("started", { ...command, exit_code: null, status: "in_progress" }),
      item("updated", { ...command, exit_code: null, status: "in_progress" }),
      item("completed", { ...command, aggregated_output: "a\n", exit_code: 0, status: "completed" }),
    ];
    const expected = [
      { type: "tool_call", id: "item_0", name: "command_execution", kind: "shell", input: { command: "ls" } },
      { type: "tool_result", id: "item_0", name: "command_execution", status: "success", output: "a\n", exit_code: 0 },
    ];
    expect(decodeObjects("codex", lines).events).toStrictEqual(expected);
    expect(decodeObjects("codex", lines.slice(2)).events).toStrictEqual(expected);
  });

  it("reads a web search, whose line has the key id twice", () => {
    const decoder = createDecoder("codex");
    const line = (stage: string, query: string): string =>
      `{"type":"item.${stage}","item":{"id":"item_1","type":"web_search","id":"ws_1","query":"${query}","action":{"type":"search"}}}\n`;
    expect(decoder.write(line("started", "") + line("completed", "mutex"))).toStrictEqual([
      {
        type: "tool_call",
        id: "ws_1",
        name: "web_search",
        kind: "fetch",
        input: { query: "mutex", action: { type: "search" } },
      },
      { type: "tool_result", id: "ws_1", name: "web_search", status: "success" },
    ]);
  });

  it("gives what went wrong with a tool of an MCP server", () => {
    const call = { type: "mcp_tool_call", server: "demo", tool: "add", arguments: {}, status: "failed" };
    const output = (fields: object): unknown =>
      decodeObjects("codex", [item("completed", { ...call, ...fields })]).events[1];
    expect(output({ result: { content: [{ type: "text", text: "no" }] }, error: null })).toMatchObject({
      status: "error",
      output: "no",
    });
    expect(output({ result: null, error: { message: "gone" } })).toMatchObject({ status: "error", output: "gone" });
    expect(output({ result: { content: [], structured_content: { a: 1 } } })).toMatchObject({ output: '{"a":1}' });
  });

  it("calls a declined command an error", () => {
    const declined = { type: "command_execution", command: "rm", status: "declined", exit_code: null };
    expect(decodeObjects("codex", [item("completed", declined)]).events[1]).toStrictEqual({
      type: "tool_result",
      id: "item_0",
      name: "command_execution",
      status: "error",
      output: "declined",
    });
  });

  it("puts what a sub-agent answered under the call that made it", () => {
    const call = { type: "collab_tool_call", receiver_thread_ids: ["s"], status: "completed" };
    const { events } = decodeObjects("codex", [
      item("completed", { ...call, id: "item_1", tool: "spawn_agent", prompt: "count", agents_states: {} }),
      item("completed", { ...call, id: "item_2", tool: "wait", agents_states: { s: { message: "42" } } }),
    ]);
    expect(events.find(({ type }) => type === "message")).toStrictEqual({
      type: "message",
      role: "assistant",
      text: "42",
      delta: false,
      parent_id: "item_1",
    });
  });

  it("keeps items of unknown types", () => {
    expect(decodeObjects("codex", [item("completed", { type: "image_view" })]).events[0]?.type).toBe("raw");
  });
});
