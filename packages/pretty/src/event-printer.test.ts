import type { AgentEvent } from "@aod/core";
import { describe, expect, it } from "vitest";
import { createEventPrinter } from "./event-printer.ts";

const theme = { emoji: false, width: 60 };

function print(...events: AgentEvent[]): string {
  const printer = createEventPrinter(theme);
  return events.map((event) => printer.write(event)).join("") + printer.end();
}

const piece = (text: string, fields: object = {}): AgentEvent => ({
  type: "message",
  role: "assistant",
  text,
  delta: true,
  message_id: "m1",
  ...fields,
});
const whole = (text: string, fields: object = {}) => piece(text, { delta: false, ...fields });
const call = (fields: object = {}): AgentEvent => ({
  type: "tool_call",
  id: "t1",
  name: "Bash",
  kind: "shell",
  input: { command: "npm test" },
  ...fields,
});
const result = (fields: object = {}): AgentEvent => ({ type: "tool_result", id: "t1", status: "success", ...fields });

describe("pieces of a message", () => {
  it("are printed as they come, and not again when the message is whole", () => {
    const printer = createEventPrinter(theme);
    expect(printer.write(piece("Hel"))).toBe("Hel");
    expect(printer.write(piece("lo\n"))).toBe("lo");
    expect(printer.write(piece("world"))).toBe("\nworld");
    expect(printer.write(whole("Hello\nworld"))).toBe("\n");
    expect(printer.end()).toBe("");
  });

  it("are completed by what only the whole message has", () => {
    expect(print(piece("Hello"), whole("Hello world"))).toBe("Hello world\n");
  });

  it("do not hide another message, nor the next with the same words", () => {
    expect(print(piece("Hello"), whole("Goodbye"))).toBe("Hello\n\nGoodbye\n");
    expect(print(piece("Yes"), whole("Yes"), whole("Yes"))).toBe("Yes\n\nYes\n");
  });

  it("stay apart from those of other messages, thoughts and sub-agents", () => {
    const thought: AgentEvent = { type: "thinking", text: "hm", delta: true, message_id: "m1" };
    const nested = piece("nested\nlines", { parent_id: "t9" });
    expect(print(thought, piece("one"), nested, piece("two", { message_id: "m2" }), whole("one"))).toBe(
      "∴ hm\n\none\n\n  nested\n  lines\n\ntwo\n",
    );
  });

  it("are printed again when the connection to the model broke", () => {
    const retry: AgentEvent = { type: "retry", message: "again" };
    expect(print(piece("Hel"), retry, piece("Hello"), whole("Hello"))).toBe("Hel\n\n↻ again\n\nHello\n");
  });

  it("lose white space around the message, not within", () => {
    expect(print(piece("\n \n"), piece("  a"), piece(" \n\n"), piece("b \n"), piece("\n"))).toBe("  a \n\nb\n");
    expect(print(piece(" \n"), whole(" \n"))).toBe("");
  });

  it("may be cut inside of a character", () => {
    expect(print(piece("a\ud83c"), piece("\udf0d"), piece("b"))).toBe("a🌍b\n");
    expect(print(piece("a\ud83c"))).toBe("a\ufffd\n");
  });

  it("cannot smuggle an escape sequence in through their borders", () => {
    const text = "a\u001b]0;title\u0007b\u001b[31mc\r\nd\u001b[2J";
    expect(print(...text.split("").map((unit) => piece(unit)))).toBe("abc\nd\n");
    expect(print(piece("a\u001b["), piece("1".repeat(300)))).toBe(`a␛[${"1".repeat(300)}\n`);
  });

  it("of a thought are one line that is cut", () => {
    const thought = (text: string): AgentEvent => ({ type: "thinking", text, delta: true });
    const printed = print(...Array.from({ length: 100 }, () => thought("some words\n\n")));
    expect(printed).toMatch(/^∴ some words some words .*…\n$/);
    expect(printed.length).toBeLessThan(300);
    expect(print({ type: "thinking", text: "some words\n".repeat(100), delta: false })).toBe(printed);
  });
});

describe("tools", () => {
  it("show their call, and what came of it", () => {
    expect(print(call(), result({ output: "ok\n" }))).toBe("▸ Bash · npm test\n  │ ok\n");
  });

  it("name the call again when something came between", () => {
    const other = call({ id: "t2", input: { command: "ls" } });
    expect(print(call(), other, result({ output: "ok" }), result({ id: "t2", output: "a" }))).toBe(
      "▸ Bash · npm test\n▸ Bash · ls\n▸ Bash · npm test\n  │ ok\n▸ Bash · ls\n  │ a\n",
    );
  });

  it("do not repeat the warning that refused them", () => {
    const warning: AgentEvent = { type: "warning", message: "Bash was not allowed: ask first" };
    expect(print(call(), warning, result({ status: "error", output: "ask first" }))).toBe(
      "▸ Bash · npm test\n! Bash was not allowed: ask first\n",
    );
  });

  it("of sub-agents are indented, to a limit", () => {
    const agent = (id: string, parent?: string) =>
      call({ id, name: "Agent", kind: "agent", input: { prompt: "go" }, ...(parent && { parent_id: parent }) });
    const prompt = piece("go", { role: "user", delta: false, parent_id: "a" });
    const nested = [agent("a"), prompt, agent("b", "a"), call({ parent_id: "b" })];
    expect(print(...nested)).toBe("▸ Agent · go\n  ▸ Agent · go\n    ▸ Bash · npm test\n");
    const deep = Array.from({ length: 9 }, (_, i) => agent(`d${i}`, i === 0 ? undefined : `d${i - 1}`));
    expect(
      print(...deep)
        .split("\n")
        .at(-2),
    ).toBe(`${" ".repeat(8)}▸ Agent · go`);
  });
});

describe("a turn", () => {
  it("says once what starts several times", () => {
    const start: AgentEvent = { type: "session_start", model: "m" };
    expect(print(start, start, { ...start, model: "n" })).toBe("● m\n● n\n");
  });

  it("names the runtime that does not say its model", () => {
    const start: AgentEvent = { type: "session_start", model: "m" };
    const printed = (event: AgentEvent) => createEventPrinter(theme, { runtime: "codex" }).write(event);
    expect(printed({ type: "session_start" })).toBe("● codex\n");
    expect(printed(start)).toBe("● m\n");
    expect(print({ type: "session_start" })).toBe("● started\n");
  });

  it("says once why it tries again and again", () => {
    const retry = (attempt?: number, message = "no answer"): AgentEvent => ({
      type: "retry",
      message,
      max_attempts: 3,
      ...(attempt !== undefined && { attempt }),
    });
    expect(print(retry(1), retry(2), retry(3), retry(1, "quota"))).toBe(
      "↻ no answer · attempt 1 of 3\n↻ attempt 2 of 3\n↻ attempt 3 of 3\n↻ quota · attempt 1 of 3\n",
    );
    expect(print(retry(), retry())).toBe("↻ no answer\n↻ no answer\n");
    expect(print(retry(1), whole("Hello"), retry(1))).toBe(
      "↻ no answer · attempt 1 of 3\n\nHello\n\n↻ no answer · attempt 1 of 3\n",
    );
  });

  it("leaves out the stack traces of an agent that it knows, not those of another program", () => {
    const trace = ["Error: no key", "    at call (file:///opt/agent.js:1:2)", "    at async main"];
    const printed = (runtime: string, stream: "stdout" | "stderr" = "stderr") => {
      const printer = createEventPrinter(theme, { runtime });
      return trace.map((line) => printer.write({ type: "raw", stream, line })).join("");
    };
    expect(printed("gemini")).toBe("Error: no key\n");
    for (const text of [printed("command"), printed("brand-new"), printed("gemini", "stdout")]) {
      expect(text).toBe(`${trace.join("\n")}\n`);
    }
  });

  it("does not give a reason that an error gave", () => {
    const error: AgentEvent = { type: "error", message: "no key" };
    const failed: AgentEvent = { type: "result", verdict: "failure", reason: "no key" };
    expect(print(error, { type: "error", message: "stopped" }, failed)).toBe("✗ no key\n✗ stopped\n\n✗ Failed\n");
    expect(print(failed)).toBe("✗ Failed · no key\n");
  });

  it("shows the answer of a result when no message had it", () => {
    const done: AgentEvent = { type: "result", verdict: "success", text: "42" };
    expect(print(done)).toBe("42\n\n✓ Done\n");
    expect(print(whole("42"), done)).toBe("42\n\n✓ Done\n");
  });

  it("prints nothing of an event that it does not know", () => {
    expect(print({ type: "brand_new" } as unknown as AgentEvent)).toBe("");
  });
});
