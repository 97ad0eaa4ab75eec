import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ClaudeFormatter } from "./claude-formatter.ts";
import { formatterFor } from "./formatter-for.ts";

const output = (data: string, stream = "stdout") => ({ type: "output", id: 1, stream, data });
const recorded = readFileSync(new URL("__fixtures__/codex/exec-write.jsonl", import.meta.url), "utf8");
const lines = [
  "● codex",
  "",
  "I'll create the file.",
  "",
  '▸ Shell · echo "hello from the agent" > note.txt && cat note.txt',
  "  │ hello from the agent",
  "",
  'Done: note.txt contains "hello from the agent".',
  "",
  "✓ Done · 3k in (2k cached) · 128 out",
];
const started = '{"type":"thread.started"}\n{"type":"turn.started"}\n';
/** How codex ends a turn: with what the whole conversation has used. */
const completed = (input: number) => `{"type":"turn.completed","usage":{"input_tokens":${input},"output_tokens":1}}\n`;

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

  it("tells an interrupted turn from a failed one", () => {
    const printed = (fields: object) => {
      const formatter = formatterFor("codex", { emoji: false });
      const lines = formatter.consume(output('{"type":"thread.started"}\n'));
      return [...lines, ...formatter.consume({ type: "exit", code: 2, ...fields })];
    };
    expect(printed({ interrupted: true })).toEqual(["● codex", "", "■ Interrupted"]);
    expect(printed({ interrupted: false })).toEqual(["● codex", "", "✗ Failed · exited with status 2"]);
    expect(printed({ code: null })).toEqual(["● codex", "", "✗ Failed · ended without an exit status"]);
  });

  it("prints a turn that wrote only to stderr, and one that wrote nothing", () => {
    const formatter = formatterFor("codex", { emoji: false });
    const reason = "Not inside a trusted directory";
    const written = formatter.consume(output(`${reason}\n`, "stderr"));
    expect([...written, ...formatter.consume({ type: "exit", code: 1 })]).toEqual([reason, "", `✗ Failed · ${reason}`]);
    const silent = formatterFor("codex", { emoji: false });
    expect(silent.consume({ type: "exit", code: 1 })).toEqual(["✗ Failed · exited with status 1"]);
    expect(silent.flush()).toEqual([]);
  });

  it("carries the usage of a conversation from turn to turn, and says when it did not see its start", () => {
    const lastLines = (...turns: readonly (readonly [turn: number, input: number])[]) => {
      const formatter = formatterFor("codex", { emoji: false });
      const events = turns.flatMap(([turn, input]) => [
        { type: "turn_start", turn },
        output(started + completed(input)),
      ]);
      const printed = [...events.flatMap((event) => formatter.consume(event)), ...formatter.flush()];
      return printed.filter((line) => line.startsWith("✓"));
    };
    expect(lastLines([1, 100], [2, 130])).toEqual(["✓ Done · 100 in · 1 out", "✓ Done · 30 in"]);
    expect(lastLines([3, 200], [4, 250])).toEqual(["✓ Done · conversation so far: 200 in, 1 out", "✓ Done · 50 in"]);
    expect(lastLines([1, 100], [5, 900])).toEqual([
      "✓ Done · 100 in · 1 out",
      "✓ Done · conversation so far: 900 in, 1 out",
    ]);
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
