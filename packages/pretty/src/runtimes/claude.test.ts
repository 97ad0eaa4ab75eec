import { describe, expect, it } from "vitest";
import { decodeObjects } from "../../test/support/decode-objects.ts";
import { createDecoder } from "../index.ts";
import type { ProgramEnd } from "../types.ts";

const decode = (objects: readonly object[], end?: ProgramEnd) => decodeObjects("claude", objects, end);
const assistant = (block: object, fields: object = {}) => ({
  type: "assistant",
  message: { id: "m1", content: [block] },
  ...fields,
});
const user = (content: unknown, fields: object = {}) => ({ type: "user", message: { content }, ...fields });
const result = (fields: object = {}) => ({ type: "result", subtype: "success", is_error: false, ...fields });
const streamed = (event: object, fields: object = {}) => ({ type: "stream_event", event, ...fields });
const delta = (text: string) => streamed({ type: "content_block_delta", delta: { type: "text_delta", text } });
const start = (id: string) => streamed({ type: "message_start", message: { id } });

describe("the result of claude", () => {
  it("adds up the turns that background work caused, and has the last answer", () => {
    const usage = (costUSD: number) => ({ m: { inputTokens: 10, cacheReadInputTokens: 5, outputTokens: 3, costUSD } });
    const { result: found } = decode([
      result({ result: "first", num_turns: 2, duration_ms: 100, model_usage_since_last_result: usage(0.25) }),
      result({ result: "second", num_turns: 1, duration_ms: 50, model_usage_since_last_result: usage(0.5) }),
      result({ result: "", num_turns: 0, duration_ms: 1, model_usage_since_last_result: {} }),
    ]);
    expect(found).toStrictEqual({
      type: "result",
      verdict: "success",
      text: "second",
      usage: { input_tokens: 30, output_tokens: 6, cache_read_tokens: 10, cost_usd: 0.75 },
      duration_ms: 151,
      model_turns: 3,
    });
  });

  it("counts the models and sub-agents of this turn, not the conversation's totals", () => {
    const since = { a: { outputTokens: 1, costUSD: 0.5 }, b: { outputTokens: 2, costUSD: 0.25 } };
    const total = {
      total_cost_usd: 9,
      modelUsage: { a: { outputTokens: 99, costUSD: 9 } },
      usage: { output_tokens: 1 },
    };
    const { result: found } = decode([result({ ...total, model_usage_since_last_result: since })]);
    expect(found.usage).toStrictEqual({ output_tokens: 3, cost_usd: 0.75 });
  });

  it("has no cost where the program gives only that of the whole conversation", () => {
    const usage = { input_tokens: 4, cache_read_input_tokens: 2, cache_creation_input_tokens: 1, output_tokens: 3 };
    expect(decode([result({ usage, total_cost_usd: 9 })]).result.usage).toStrictEqual({
      input_tokens: 7,
      output_tokens: 3,
      cache_read_tokens: 2,
      cache_write_tokens: 1,
    });
  });

  it.each([
    ["a success", result({ result: "x" }), { exitCode: 0 }, { verdict: "success", text: "x" }],
    ["a success without a known status", result(), { exitCode: null }, { verdict: "success" }],
    [
      "a success that was killed later",
      result({ result: "x" }),
      { exitCode: 137 },
      { verdict: "failure", text: "x", reason: "exited with status 137" },
    ],
    [
      "a success that ends before the interrupt",
      result({ terminal_reason: "completed" }),
      { exitCode: 0, interrupted: true },
      { verdict: "success" },
    ],
    [
      "an error with subtype success",
      result({ is_error: true, result: "Invalid API key" }),
      { exitCode: 1 },
      { verdict: "failure", reason: "Invalid API key" },
    ],
    [
      "a limit",
      result({ subtype: "error_max_turns", is_error: true, errors: ["a", "b"] }),
      { exitCode: 1 },
      { verdict: "failure", reason: "a; b" },
    ],
    [
      "an error that says nothing",
      result({ subtype: "error_during_execution", is_error: true }),
      { exitCode: 1 },
      { verdict: "failure", reason: "error_during_execution" },
    ],
    [
      "SIGINT, after which the status is 0",
      result({ subtype: "error_during_execution", is_error: true, terminal_reason: "aborted_tools" }),
      { exitCode: 0 },
      { verdict: "interrupted" },
    ],
    [
      "an error when somebody interrupted it",
      result({ is_error: true, errors: ["x"] }),
      { exitCode: 1, interrupted: true },
      { verdict: "interrupted" },
    ],
    ["no result line", {}, { exitCode: 0 }, { verdict: "failure", reason: "The output ended without a result." }],
    ["no result line and a status", {}, { exitCode: 2 }, { verdict: "failure", reason: "exited with status 2" }],
    ["SIGTERM", {}, { exitCode: 143 }, { verdict: "interrupted" }],
    ["an interrupt without a result line", {}, { exitCode: null, interrupted: true }, { verdict: "interrupted" }],
  ])("judges %s", (_title, last, end, expected) => {
    expect(decode([last], end).result).toStrictEqual({ type: "result", ...expected });
  });

  it("knows the interrupt by what the program inserts", () => {
    const inserted = user([{ type: "text", text: "[Request interrupted by user for tool use]" }]);
    expect(decode([inserted], { exitCode: 0 })).toStrictEqual({
      events: [],
      result: { type: "result", verdict: "interrupted" },
    });
  });

  it("takes its reason from stderr when the output has none", () => {
    const decoder = createDecoder("claude");
    decoder.write("first\nsecond\n\n", "stderr");
    expect(decoder.end({ exitCode: 1 }).at(-1)).toMatchObject({ verdict: "failure", reason: "second" });
  });
});

describe("messages of claude", () => {
  it("come in pieces and then whole, with one id", () => {
    const { events } = decode([start("m1"), delta("Hel"), delta("lo"), assistant({ type: "text", text: "Hello" })]);
    const message = { type: "message", role: "assistant", message_id: "m1" };
    expect(events).toStrictEqual([
      { ...message, text: "Hel", delta: true },
      { ...message, text: "lo", delta: true },
      { ...message, text: "Hello", delta: false },
    ]);
  });

  it("say when pieces come again because the connection broke", () => {
    const lines = [start("m1"), delta("Hel"), start("m2"), delta("Hello"), assistant({ type: "text", text: "Hello" })];
    expect(decode(lines).events.map(({ type }) => type)).toStrictEqual(["message", "retry", "message", "message"]);
    const stopped = [start("m1"), delta("Hello"), assistant({ type: "text", text: "Hello" }), start("m2")];
    expect(decode(stopped).events.map(({ type }) => type)).toStrictEqual(["message", "message"]);
  });

  it("keep sub-agents apart by their call", () => {
    const nested = { parent_tool_use_id: "t1" };
    const { events } = decode([
      start("m1"),
      streamed({ type: "message_start", message: { id: "n1" } }, nested),
      delta("main"),
      streamed({ type: "content_block_delta", delta: { type: "text_delta", text: "sub" } }, nested),
    ]);
    expect(events).toMatchObject([{ message_id: "m1" }, { message_id: "n1", parent_id: "t1" }]);
    expect(events[0]).not.toHaveProperty("parent_id");
  });

  it("of an API error are errors", () => {
    const error = { error: "rate_limit", is_api_error_message: true };
    expect(decode([assistant({ type: "text", text: "Too many" }, error)]).events).toStrictEqual([
      { type: "error", message: "Too many", code: "rate_limit" },
    ]);
  });

  it("leave out thinking without text, and slash command tags", () => {
    const command = user("<local-command-stdout>Compacted </local-command-stdout>");
    const { events } = decode([assistant({ type: "thinking", thinking: "", signature: "x" }), command]);
    expect(events).toStrictEqual([{ type: "message", role: "user", text: "Compacted ", delta: false }]);
  });

  it("stay raw when a block is of a type that we do not know", () => {
    const line = JSON.stringify(assistant({ type: "hologram", text: "x" }));
    expect(createDecoder("claude").write(`${line}\n`)).toStrictEqual([{ type: "raw", stream: "stdout", line }]);
  });
});

describe("tools of claude", () => {
  const use = (name: string, input: unknown = {}) => assistant({ type: "tool_use", id: "t1", name, input });
  const answer = (fields: object) => user([{ type: "tool_result", tool_use_id: "t1", ...fields }]);

  it.each([
    ["Bash", "shell"],
    ["Read", "read"],
    ["Write", "write"],
    ["MultiEdit", "edit"],
    ["Grep", "search"],
    ["WebSearch", "fetch"],
    ["Agent", "agent"],
    ["mcp__demo__add", "mcp"],
    ["ExitPlanMode", "plan"],
    ["constructor", "other"],
  ])("%s is of the kind %s", (name, kind) => {
    expect(decode([use(name)]).events).toStrictEqual([{ type: "tool_call", id: "t1", name, kind, input: {} }]);
  });

  it("answer with the name of their call and the exit status that only the text has", () => {
    const output = "Exit code 3\n1 failing";
    expect(decode([use("Bash"), answer({ content: output, is_error: true })]).events[1]).toStrictEqual({
      type: "tool_result",
      id: "t1",
      name: "Bash",
      status: "error",
      output,
      exit_code: 3,
    });
    expect(decode([use("Read"), answer({ content: output })]).events[1]).toStrictEqual({
      type: "tool_result",
      id: "t1",
      name: "Read",
      status: "success",
      output,
    });
  });

  it("answer in blocks, of which images are named", () => {
    const content = [
      { type: "text", text: "a" },
      { type: "image", source: {} },
    ];
    expect(decode([answer({ content })]).events).toMatchObject([{ output: "a\n[image]" }]);
  });

  it("write plans", () => {
    const todos = [
      { content: "a", status: "completed", activeForm: "doing a" },
      { content: "b", status: "in_progress" },
      { content: "c", status: "strange" },
    ];
    expect(decode([use("TodoWrite", { todos })]).events[1]).toStrictEqual({
      type: "plan",
      items: [
        { text: "a", status: "completed" },
        { text: "b", status: "in_progress" },
        { text: "c", status: "pending" },
      ],
    });
  });
});

it.each([
  [{ type: "system", subtype: "hook_response", hook_name: "h", exit_code: 2, stderr: "no\n" }, "Hook h failed: no"],
  [{ type: "system", subtype: "task_notification", status: "failed", summary: "x" }, "Task failed: x"],
  [{ type: "system", subtype: "informational", content: "note" }, "note"],
  [
    { type: "rate_limit_event", rate_limit_info: { status: "rejected", rateLimitType: "five_hour" } },
    "Rate limit five_hour: rejected",
  ],
])("%j warns", (line, message) => {
  expect(decode([line]).events).toStrictEqual([{ type: "warning", message }]);
});

it.each([
  { type: "system", subtype: "hook_response", outcome: "success", exit_code: 0 },
  { type: "system", subtype: "task_notification", status: "completed", summary: "x" },
  { type: "rate_limit_event", rate_limit_info: { status: "allowed" } },
  { type: "keep_alive" },
])("%j says nothing", (line) => {
  expect(decode([line]).events).toStrictEqual([]);
});
