import type { AgentEvent } from "@aod/core";
import { describe, expect, it } from "vitest";
import { formatCost, formatDuration, formatTokens, render } from "./render.ts";
import { textWidth } from "./text-width.ts";
import type { ToolCall } from "./types.ts";

const plain = { emoji: false, width: 40 };
const lines = (event: AgentEvent, call?: ToolCall) => render(event, plain, call).join("\n");
const call = (kind: ToolCall["kind"], input: unknown, name = "tool"): ToolCall => ({
  type: "tool_call",
  id: "t1",
  name,
  kind,
  input,
});

describe("a tool call", () => {
  it.each([
    [call("shell", { command: "ls  -la\n&& pwd" }), "▸ tool · ls -la && pwd"],
    [call("shell", { command: ["ls", "-la"] }), "▸ tool · ls -la"],
    [call("shell", "ls"), "▸ tool · ls"],
    [call("read", { path: "a.ts" }), "▸ tool · a.ts"],
    [call("write", { file_path: "a.ts", content: "a\nb\n" }), "▸ tool · a.ts (2 lines)"],
    [
      call("edit", {
        changes: [
          { kind: "add", path: "a" },
          { kind: "delete", path: "b" },
        ],
      }),
      "▸ tool · add a, delete b",
    ],
    [call("edit", { path: "a", old_string: "x\ny", new_string: "z" }), "▸ tool · a\n  │ - x\n  │ - y\n  │ + z"],
    [call("edit", { path: "a", edits: [{ oldText: "x", newText: "" }] }), "▸ tool · a\n  │ - x"],
    [call("edit", { path: "a", patch: "@@ -1 +1 @@\n-x\n+y\n" }), "▸ tool · a\n  │ @@ -1 +1 @@\n  │ -x\n  │ +y"],
    [
      call("edit", { changes: [{ kind: "update", path: "a", diff: "@@ -1 +1 @@\n-x\n+y\n" }] }),
      "▸ tool · update a\n  │ @@ -1 +1 @@\n  │ -x\n  │ +y",
    ],
    [call("shell", { command: "ls" }, "command_execution"), "▸ Shell · ls"],
    [call("write", { changes: [{ kind: "add", path: "a" }] }, "file_change"), "▸ Write · add a"],
    [call("edit", { changes: [{ kind: "update", path: "a" }] }, "file_change"), "▸ Edit · update a"],
    [call("agent", { prompt: "count" }, "spawn_agent"), "▸ Agent · count"],
    [call("other", {}, "spawn_agent"), "▸ spawn_agent"],
    [call("search", { pattern: "TODO", path: "src" }), "▸ tool · TODO in src"],
    [call("fetch", { url: "https://a.example" }), "▸ tool · https://a.example"],
    [call("agent", { prompt: "count\nfiles" }), "▸ tool · count files"],
    [call("mcp", { a: 19, b: { c: "x y" } }, "mcp__demo__add"), '▸ demo.add · a=19, b={"c":"x y"}'],
    [call("plan", { todos: [] }), ""],
    [call("plan", { plan: "first this" }), "▸ tool · first this"],
    [call("other", null), "▸ tool"],
    [call("other", { f: undefined, g: [1] }, ""), "▸ tool · f=, g=[1]"],
    [call("shell", { command: "echo \u001b[2J\u001b]0;x\u0007" }), "▸ tool · echo"],
    [call("shell", { command: "x".repeat(99) }), `▸ tool · ${"x".repeat(30)}…`],
  ])("%# is shown as %j", (event, text) => {
    expect(lines(event)).toBe(text);
  });

  it("that edits shows what goes and what comes, without the lines around them", () => {
    const numbered = (word: string) => Array.from({ length: 9 }, (_, i) => `${word} ${i}`).join("\n");
    const change = (word: string) => `start\n\n${word}\nend\nend\n`;
    expect(lines(call("edit", { path: "a", old_string: change("x"), new_string: change("y\nend") }))).toBe(
      "▸ tool · a\n  │ - x\n  │ + y\n  │ + end",
    );
    const long = lines(call("edit", { path: "a", old_string: numbered("old"), new_string: numbered("new") }));
    expect(long.split("\n")).toStrictEqual([
      "▸ tool · a",
      ...[0, 1, 2, 3, 4].map((i) => `  │ - old ${i}`),
      "  │ … 4 more lines",
      ...[0, 1, 2, 3, 4].map((i) => `  │ + new ${i}`),
      "  │ … 4 more lines",
    ]);
  });

  it("that edits in many places shows the first ones, and how many there are more", () => {
    const edits = Array.from({ length: 7 }, (_, i) => ({ old_string: `${i}`, new_string: "" }));
    expect(lines(call("edit", { path: "a", edits }))).toBe(
      "▸ tool · a\n  │ - 0\n  │ - 1\n  │ - 2\n  │ - 3\n  │ … 3 more edits",
    );
  });

  it("may have input that is deeper than can be written again", () => {
    const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    expect(lines(call("other", { deep }))).toBe("▸ tool · deep=");
  });
});

describe("a tool result", () => {
  const result = (fields: object): AgentEvent => ({ type: "tool_result", id: "t1", status: "success", ...fields });

  it("shows a few lines of the output, and how many there are more", () => {
    const output = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`).join("\n");
    expect(lines(result({ output }))).toBe(
      "  │ line 1\n  │ line 2\n  │ line 3\n  │ line 4\n  │ line 5\n  │ … 4 more lines",
    );
    expect(lines(result({ output: "x".repeat(99) }))).toBe(`  │ ${"x".repeat(35)}…`);
    expect(
      lines(result({ output: "a\n".repeat(2_000) }))
        .split("\n")
        .at(-1),
    ).toBe("  │ … 1,995 more lines");
  });

  it("says nothing of what goes without saying", () => {
    expect(lines(result({ output: "File written" }), call("write", {}))).toBe("");
    expect(lines(result({ output: "a\nb" }), call("read", {}))).toBe("  │ 2 lines");
    expect(lines(result({ output: "a\nb" }), call("search", {}))).toBe("  │ 2 lines");
    expect(lines(result({ output: "Found 1 match\na.md:\n  TODO" }), call("search", {}))).toBe("  │ Found 1 match");
    expect(lines(result({}))).toBe("");
    expect(lines(result({ output: "\n \n" }))).toBe("");
  });

  it("says what failed", () => {
    const output = "Exit code 3\n1 failing\n";
    expect(lines(result({ status: "error", exit_code: 3, output }))).toBe("  ✗ exit 3\n  │ 1 failing");
    expect(lines(result({ exit_code: 1, output: "no" }))).toBe("  ✗ exit 1\n  │ no");
    expect(lines(result({ status: "error", output: "no such file" }), call("write", {}))).toBe("  ✗ no such file");
    expect(lines(result({ status: "error" }))).toBe("  ✗ failed");
  });
});

describe("other events", () => {
  it.each<[AgentEvent, string]>([
    [
      {
        type: "session_start",
        model: "m",
        tools: ["a"],
        mcp_servers: [
          { name: "x", status: "connected" },
          { name: "y", status: "failed" },
        ],
      },
      "● m · 1 tool · mcp x, y (failed)",
    ],
    [{ type: "message", role: "user", text: "do\nthis", delta: false }, "› do this"],
    [{ type: "message", role: "assistant", text: "\n\na\n b\n\n", delta: false }, "a\n b"],
    [
      {
        type: "plan",
        items: [
          { text: "a", status: "completed" },
          { text: "b", status: "in_progress" },
          { text: "c", status: "pending" },
        ],
      },
      "▸ Plan · 1 of 3 done\n  ☑ a\n  ▶ b\n  ☐ c",
    ],
    [
      { type: "retry", message: "busy", attempt: 1, max_attempts: 3, delay_ms: 1500 },
      "↻ busy · attempt 1 of 3 · in 1.5s",
    ],
    [{ type: "warning", message: "odd\nthing" }, "! odd thing"],
    [{ type: "thinking", text: "**First**\n\nI **read** it.", delta: false }, "∴ First: I **read** it."],
    [{ type: "usage", usage: { input_tokens: 1 } }, ""],
    [{ type: "raw", stream: "stdout", line: "  as it\tis\u001b[31m " }, "  as it    is "],
    [{ type: "result", verdict: "interrupted", duration_ms: 100 }, "■ Interrupted · 0.1s"],
    [
      { type: "result", verdict: "success", usage: { input_tokens: 1 }, thread_usage: { input_tokens: 9 } },
      "✓ Done · 1 in",
    ],
    [
      { type: "result", verdict: "success", thread_usage: { input_tokens: 9, output_tokens: 2 } },
      "✓ Done · conversation so far: 9 in, 2 out",
    ],
  ])("%# is shown as %j", (event, text) => {
    expect(lines(event)).toBe(text);
  });

  it("are shown without a theme as by default", () => {
    expect(render({ type: "warning", message: "odd" })).toEqual(["❗ odd"]);
  });

  it("cuts what is too long, and says how much", () => {
    const [message = "", rest] = render(
      { type: "message", role: "assistant", text: "x".repeat(10_000_000), delta: false },
      plain,
    );
    expect([message.length, rest]).toEqual([100_000, "… 9,900,000 more characters"]);
    expect(lines({ type: "raw", stream: "stdout", line: "y".repeat(10_000_000) })).toMatch(
      /^y+… 9,934,464 more characters$/,
    );
    expect(textWidth(lines({ type: "error", message: "z".repeat(9_999) }))).toBeLessThan(410);
  });

  it("keeps details within the width, down to 20 columns", () => {
    const narrow = { width: 5 };
    const shown = [
      call("shell", { command: "你好".repeat(50) }),
      call("edit", { path: "a", old_string: "x".repeat(99) }),
    ];
    for (const line of shown.flatMap((event) => render(event, narrow))) expect(textWidth(line)).toBeLessThanOrEqual(20);
  });
});

it("formats numbers", () => {
  expect([0, 950, 59_940, 59_960, 185_000].map(formatDuration)).toEqual(["0.0s", "0.9s", "59.9s", "1m 00s", "3m 05s"]);
  expect([950, 4_000, 12_345, 999_949, 999_950, 1_500_000].map(formatTokens)).toEqual([
    "950",
    "4k",
    "12.3k",
    "999.9k",
    "1M",
    "1.5M",
  ]);
  expect([0.0123, 1.5].map(formatCost)).toEqual(["$0.0123", "$1.50"]);
});
