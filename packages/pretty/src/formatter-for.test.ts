import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClaudeFormatter } from "./claude-formatter.ts";
import { formatterFor } from "./formatter-for.ts";

const output = (data: string, stream = "stdout") => ({ type: "output", id: 1, stream, data });
const recorded = readFileSync(new URL("__fixtures__/codex/exec-write.jsonl", import.meta.url), "utf8");
const lines = [
  "● started",
  "",
  "I'll create the file.",
  "",
  '▸ command_execution · echo "hello from the agent" > note.txt && cat note.txt',
  "  │ hello from the agent",
  "",
  'Done: note.txt contains "hello from the agent".',
  "",
  "✓ Done",
];

describe("formatterFor", () => {
  it("gives claude the formatter of the Python client", () => {
    expect(formatterFor("claude")).toBeInstanceOf(ClaudeFormatter);
  });

  it("prints other agents line by line, however they are cut", () => {
    const whole = formatterFor("codex", { emoji: false });
    expect([...whole.feed(recorded), ...whole.flush(), ...whole.flush()]).toEqual(lines);
    const cut = formatterFor("codex", { emoji: false });
    const printed = recorded.split("").flatMap((unit) => cut.consume(output(unit)));
    expect([...printed, ...cut.consume({ type: "exit", code: 0 }), ...cut.flush()]).toEqual(lines);
  });

  it("begins anew with every turn of a session, and judges by its exit status", () => {
    const formatter = formatterFor("codex", { emoji: false });
    const events = [output(recorded), { type: "turn_start", turn: 2 }, output("broken"), { type: "exit", code: 3 }];
    const printed = events.flatMap((event) => formatter.consume(event));
    expect(printed).toEqual([...lines, "broken", "", "✗ Failed · exited with status 3"]);
  });

  it("passes the lines of an unknown runtime and of a command through, without their escape sequences", () => {
    for (const runtime of ["brand-new", "command"]) {
      const formatter = formatterFor(runtime);
      expect(formatter.consume(output("a\n\n  {b"))).toEqual(["a", ""]);
      expect(formatter.consume(output("x\n", "stderr"))).toEqual([]);
      expect(formatter.consume({ type: "exit", code: 1 })).toEqual([]);
      expect(formatter.feed("\u001b[31m}\r\nrest")).toEqual(["  {b}"]);
      expect(formatter.flush()).toEqual(["rest"]);
      expect(formatter.flush()).toEqual([]);
    }
  });
});
