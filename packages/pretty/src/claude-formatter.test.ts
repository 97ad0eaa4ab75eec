import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClaudeFormatter } from "./claude-formatter.ts";

const print = (...messages: unknown[]): string[] => {
  const formatter = new ClaudeFormatter();
  return [...messages.flatMap((message) => formatter.feed(`${JSON.stringify(message)}\n`)), ...formatter.flush()];
};
const assistant = (...content: unknown[]) => ({ type: "assistant", message: { content } });
const use = (name: unknown, input?: unknown) => print(assistant({ type: "tool_use", name, input }));
const text = (value: string) => ({ type: "text", text: value });
const output = (data: unknown, stream = "stdout") => ({ type: "output", id: 1, stream, data });

describe("ClaudeFormatter", () => {
  it("feed_splits_on_newlines_and_parses_assistant_text", () => {
    const formatter = new ClaudeFormatter();
    const lines = [assistant(text("Hello")), assistant(text("World"))].map((message) => JSON.stringify(message));
    expect(formatter.feed(`${lines.join("\n")}\n`)).toEqual(["✉️  Hello", "✉️  World"]);
  });

  it("feed_buffers_partial_lines", () => {
    const formatter = new ClaudeFormatter();
    const line = JSON.stringify(assistant(text("Hello")));
    expect(formatter.feed(line.slice(0, 10))).toEqual([]);
    expect(formatter.feed(line.slice(10))).toEqual([]);
    expect(formatter.feed("\n")).toEqual(["✉️  Hello"]);
  });

  it("flush_emits_trailing_unterminated_line", () => {
    const formatter = new ClaudeFormatter();
    expect(formatter.feed(JSON.stringify(assistant(text("Hello"))))).toEqual([]);
    expect(formatter.flush()).toEqual(["✉️  Hello"]);
    expect(formatter.flush()).toEqual([]);
  });

  it("system_init_line", () => {
    const init = { type: "system", subtype: "init", model: "claude-opus-5-5", tools: ["Bash", "Read", "Write"] };
    expect(print(init)).toEqual(["⚙️  Session init · model=claude-opus-5-5, tools=3"]);
  });

  it("tool_use_bash", () => {
    expect(use("Bash", { command: "ls -la" })).toEqual(["🔧 Bash · ls -la"]);
  });

  it("result_success", () => {
    const result = { type: "result", subtype: "success", duration_ms: 12_345, num_turns: 3, total_cost_usd: 0.0123 };
    expect(print(result)).toEqual(["✨ Done · agent 12.3s, 3 turns, tokens $0.0123"]);
  });

  it("subagent_output_is_indented", () => {
    const nested = { ...assistant(text("one\ntwo\u2028three")), parent_tool_use_id: "toolu_1" };
    expect(print(nested)).toEqual(["  ✉️  one\n  two\n  three"]);
    expect(print({ ...assistant(text("one")), parent_tool_use_id: null })).toEqual(["✉️  one"]);
    expect(print({ ...assistant(text("one")), parent_tool_use_id: "" })).toEqual(["✉️  one"]);
  });

  it("user_tool_result_events_are_dropped", () => {
    const content = [{ type: "tool_result", tool_use_id: "toolu_1", content: "ok" }];
    expect(print({ type: "user", message: { role: "user", content } })).toEqual([]);
  });

  it("consume_filters_to_output_on_stdout", () => {
    const formatter = new ClaudeFormatter();
    const line = `${JSON.stringify(assistant(text("Hello")))}\n`;
    expect(formatter.consume({ type: "exit", code: 0 })).toEqual([]);
    expect(formatter.consume(output(line, "stderr"))).toEqual([]);
    expect(formatter.consume(output(null))).toEqual([]);
    expect(formatter.consume(output(line))).toEqual(["✉️  Hello"]);
  });

  it("consume_across_multiple_events_joins_partial_lines", () => {
    const formatter = new ClaudeFormatter();
    const line = `${JSON.stringify(assistant(text("Grüße 🌍")))}\n`;
    const printed = Array.from(line.split(""), (unit) => formatter.consume(output(unit))).flat();
    expect(printed).toEqual(["✉️  Grüße 🌍"]);
  });

  it("malformed_json_line_is_passed_through_unchanged", () => {
    const formatter = new ClaudeFormatter();
    expect(formatter.feed('  {"type": broken\u001b[31m \r\n')).toEqual(['  {"type": broken\u001b[31m ']);
  });

  it("passes JSON that is no object through", () => {
    const formatter = new ClaudeFormatter();
    const lines = ["42", '"text"', "null", "[1]", "true"];
    expect(formatter.feed(`${lines.join("\n")}\n`)).toEqual(lines);
  });

  it("skips empty lines and strips all carriage returns at the end of a line", () => {
    const formatter = new ClaudeFormatter();
    expect(formatter.feed("\n\r\n\r\r\nnot json\r\r\n")).toEqual(["not json"]);
  });

  it("flushes nothing but a rest that is not blank", () => {
    const formatter = new ClaudeFormatter();
    formatter.feed(" \t\u2028");
    expect(formatter.flush()).toEqual([]);
    formatter.feed(" half a line\r");
    expect(formatter.flush()).toEqual([" half a line\r"]);
  });

  it("lists MCP servers, and says ? for a missing model", () => {
    const servers = [{ name: "demo", status: "connected" }, { name: "docs" }];
    expect(print({ type: "system", subtype: "init", mcp_servers: servers })).toEqual([
      "⚙️  Session init · model=?, tools=0, mcp=[demo, docs]",
    ]);
    expect(print({ type: "system", subtype: "init", model: "m", tools: null, mcp_servers: [] })).toEqual([
      "⚙️  Session init · model=m, tools=0",
    ]);
  });

  it("says when a task was spawned, and nothing for other system lines", () => {
    const task = { type: "system", subtype: "task_started" };
    expect(print({ ...task, description: "Count files" })).toEqual(["🚀 Task spawned · Count files"]);
    expect(print({ ...task, description: "" })).toEqual(["🚀 Task spawned · (no description)"]);
    expect(print(task)).toEqual(["🚀 Task spawned · (no description)"]);
    expect(print({ type: "system", subtype: "task_progress", description: "x" })).toEqual([]);
    expect(print({ type: "stream_event" }, { type: "brand_new" }, {}, { type: "system" })).toEqual([]);
  });

  it("flattens thinking to 200 code points, and trims text", () => {
    const thinking = (value: string) => print(assistant({ type: "thinking", thinking: value }));
    expect(thinking(" a\n\n b\u0085c ")).toEqual(["💭 a b c"]);
    expect(thinking("🤔".repeat(200))).toEqual([`💭 ${"🤔".repeat(200)}`]);
    expect(thinking("🤔".repeat(201))).toEqual([`💭 ${"🤔".repeat(199)}…`]);
    expect(thinking(" \n ")).toEqual([]);
    expect(print(assistant(text(" \n a\n b \u2028")))).toEqual(["✉️  a\n b"]);
    expect(print(assistant(text(" \n ")))).toEqual([]);
  });

  it("joins the parts of one message to one entry, and drops other blocks", () => {
    const image = { type: "image", source: {} };
    const blocks = [{ type: "thinking", thinking: "hm" }, image, text("a\r\nb"), { type: "tool_use", name: "Bash" }];
    expect(print(assistant(...blocks))).toEqual(["💭 hm\n✉️  a\nb\n🔧 Bash"]);
    expect(print(assistant(image), assistant(), { type: "assistant" })).toEqual([]);
  });

  it.each([
    ["Bash", { command: " echo  a\n\tb " }, "🔧 Bash · echo a b"],
    ["Bash", { command: "x".repeat(141) }, `🔧 Bash · ${"x".repeat(139)}…`],
    ["Bash", { command: "x".repeat(140) }, `🔧 Bash · ${"x".repeat(140)}`],
    ["Bash", {}, "🔧 Bash"],
    ["Read", { file_path: "/a b.ts" }, "📖 Read · /a b.ts"],
    ["Read", {}, "📖 Read · (no path)"],
    ["Write", { file_path: "/a", content: "x" }, "📝 Write · /a"],
    ["Edit", { file_path: "/a" }, "✏️  Edit · /a"],
    ["MultiEdit", { file_path: "/a" }, "✏️  MultiEdit · /a"],
    ["NotebookEdit", { notebook_path: "/a" }, "📓 NotebookEdit · (no path)"],
    ["Grep", { pattern: "TODO", path: "src" }, "🔍 Grep · TODO in src"],
    ["Grep", { pattern: "TODO" }, "🔍 Grep · TODO"],
    ["Grep", {}, "🔍 Grep"],
    ["Glob", { pattern: "**/*.ts", path: "" }, "🔎 Glob · **/*.ts"],
    ["WebFetch", { url: "https://a.example", query: "q" }, "🌐 WebFetch · https://a.example"],
    ["WebSearch", { query: "q" }, "🌐 WebSearch · q"],
    ["Task", { description: "Count", prompt: "p" }, "🤖 Task · Count"],
    ["Agent", { prompt: " p\nq " }, "🤖 Agent · p q"],
    ["TodoWrite", { todos: [{}, {}] }, "📋 TodoWrite · 2 todo(s)"],
    ["TodoWrite", {}, "📋 TodoWrite · 0 todo(s)"],
    ["ExitPlanMode", { plan: "p" }, "📐 ExitPlanMode"],
    ["EnterPlanMode", null, "📐 EnterPlanMode"],
    ["mcp__demo__add", { a: 1 }, "🛠️  mcp__demo__add"],
    ["Skill", { path: "p", query: "q", name: "", description: 5 }, "🛠️  Skill · q"],
    ["constructor", { path: "p" }, "🛠️  constructor · p"],
    ["", { path: "p" }, "🛠️  ? · p"],
    [undefined, undefined, "🛠️  ?"],
    ["Read", { file_path: "a\nb\n" }, "📖 Read · a\nb"],
  ])("shows the tool %s with %j as %j", (name, input, line) => {
    expect(use(name, input)).toEqual([line]);
  });

  it.each([
    [{ subtype: "success" }, "✨ Done · agent 0.0s"],
    [
      { subtype: "success", is_error: true, duration_ms: 761, num_turns: 1, total_cost_usd: 0 },
      "✨ Done · agent 0.8s, 1 turns, tokens $0.0000",
    ],
    [{ subtype: "error_max_turns", duration_ms: 250, num_turns: 0 }, "⚠️  Done · agent 0.2s"],
    [{ duration_ms: null, total_cost_usd: null }, "⚠️  Done · agent 0.0s"],
    [{ subtype: "success", duration_ms: 350, total_cost_usd: 0.03125 }, "✨ Done · agent 0.3s, tokens $0.0312"],
    [{ subtype: "success", duration_ms: 750 }, "✨ Done · agent 0.8s"],
  ])("shows the result %j as %j", (result, line) => {
    expect(print({ type: "result", ...result })).toEqual([line]);
  });

  it("prints a recorded turn with a sub-agent", () => {
    const formatter = new ClaudeFormatter();
    const file = readFileSync(new URL("__fixtures__/claude/subagent.jsonl", import.meta.url), "utf8");
    expect([...formatter.feed(file), ...formatter.flush()].join("\n")).toMatchInlineSnapshot(`
      "⚙️  Session init · model=claude-opus-5-5, tools=22
      🤖 Agent · Count files
      🚀 Task spawned · Count files
        🔧 Bash · ls | wc -l
      ✉️  The subagent counted 0 files.
      ✨ Done · agent 1.1s, 2 turns, tokens $0.0221"
    `);
  });
});
