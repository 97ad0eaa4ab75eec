import type { AgentEvent } from "@aod/core";
import type { Decoder } from "@aod/pretty/decode";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentEntry } from "../store/agent-events.ts";
import type { OutputPiece } from "../events/turn-output.ts";
import { TurnDecoder } from "./turn-decoder.ts";

const fails = (error: unknown) => {
  throw error;
};
const ended = { exitCode: 0, interrupted: false, failure: null };
const parse = (entries: readonly AgentEntry[]) => entries.map(({ data }) => JSON.parse(data) as AgentEvent);

/** Says each word as a message; answers with the last one. */
function wordDecoder(answer: Partial<AgentEvent> = {}): Decoder {
  let rest = "";
  const message = (text: string): AgentEvent => ({ type: "message", role: "assistant", text, delta: false });
  return {
    write(chunk) {
      const words = (rest + String(chunk)).split(" ");
      rest = words.pop() ?? "";
      return words.map(message);
    },
    end: () => [message(rest), { type: "result", verdict: "success", text: rest, ...answer } as AgentEvent],
  };
}

async function* pieces(texts: readonly string[]): AsyncGenerator<OutputPiece> {
  for (const text of texts) yield Promise.resolve({ text, stream: "stdout" as const });
}

describe("TurnDecoder", () => {
  it("numbers events from 1 and ends with the result", () => {
    const decoder = new TurnDecoder({ runtime: "words", onError: fails, create: () => wordDecoder() });
    const entries = [...decoder.write("one two th", "stdout"), ...decoder.write("ree", "stdout")];
    const { entries: last, summary } = decoder.end(ended);
    expect([...entries, ...last].map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect(parse(last).map(({ type }) => type)).toEqual(["message", "result"]);
    expect(summary).toMatchObject({ verdict: "success", resultText: "three", toolCalls: 0 });
  });

  it("stores each event once, wherever it is adopted and however the stored output is cut", async () => {
    const text = "a bb ccc dddd eeeee ffffff ggggggg";
    const whole = new TurnDecoder({ runtime: "words", onError: fails, create: () => wordDecoder() });
    const expected = [...whole.write(text, "stdout"), ...whole.end(ended).entries];
    const cut = fc.integer({ min: 0, max: text.length });
    await fc.assert(
      fc.asyncProperty(cut, cut, async (adopted, other) => {
        const create = () => wordDecoder();
        const first = new TurnDecoder({ runtime: "words", onError: fails, create });
        const stored = first.write(text.slice(0, adopted), "stdout");
        const second = new TurnDecoder({ runtime: "words", onError: fails, create });
        const at = Math.min(other, adopted);
        await second.replay(pieces([text.slice(0, at), text.slice(at, adopted)]), stored.length);
        const rest = [...second.write(text.slice(adopted), "stdout"), ...second.end(ended).entries];
        expect([...stored, ...rest]).toEqual(expected);
      }),
    );
  });

  it("adds what an older decoder missed, and repeats no number when it found more", async () => {
    const create = () => wordDecoder();
    const better = new TurnDecoder({ runtime: "words", onError: fails, create });
    await better.replay(pieces(["one two "]), 1);
    expect(better.write("three ", "stdout").map(({ position }) => position)).toEqual([2, 3]);
    const worse = new TurnDecoder({ runtime: "words", onError: fails, create });
    await worse.replay(pieces(["one two "]), 5);
    expect(worse.write("three ", "stdout").map(({ position }) => position)).toEqual([6]);
  });

  it.each(["create", "write", "end"] as const)("goes on without a decoder that throws in %s", (place) => {
    const errors: unknown[] = [];
    const broken = new Error("broken");
    const create = (): Decoder => {
      if (place === "create") throw broken;
      const decoder = wordDecoder();
      return { ...decoder, [place]: () => fails(broken) };
    };
    const decoder = new TurnDecoder({ runtime: "words", onError: (error) => errors.push(error), create });
    const written = [...decoder.write("one ", "stdout"), ...decoder.write("two ", "stdout")];
    const { entries, summary } = decoder.end(ended);
    const types = parse([...written, ...entries]).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(["warning", "result"]);
    expect(types.filter((type) => type === "warning")).toHaveLength(1);
    expect(summary).toMatchObject({ verdict: "success", resultText: null });
    expect(errors).toEqual([broken]);
  });

  const ends = [
    [{ exitCode: 1, interrupted: false, failure: null }, "success", "success"],
    [{ exitCode: null, interrupted: false, failure: "Timed out after 10s" }, "success", "failure"],
    [{ exitCode: 0, interrupted: true, failure: null }, "success", "success"],
    [{ exitCode: 130, interrupted: true, failure: null }, "success", "interrupted"],
    [{ exitCode: 0, interrupted: true, failure: null }, "failure", "interrupted"],
    [{ exitCode: null, interrupted: true, failure: "killed" }, "failure", "interrupted"],
  ] as const;
  it.each(ends)("%j after a decoded %s is %s", (end, verdict, expected) => {
    const create = () => wordDecoder({ verdict });
    const decoder = new TurnDecoder({ runtime: "words", onError: fails, create });
    const { entries, summary } = decoder.end(end);
    expect(summary.verdict).toBe(expected);
    const result = parse(entries).at(-1);
    expect(result).toMatchObject({ type: "result", verdict: expected });
    if (expected === "failure") expect(result).toMatchObject({ reason: "Timed out after 10s" });
  });

  it("keeps what a database cannot store out of the turn's row", () => {
    const usage = { input_tokens: 1, output_tokens: Infinity, "x\0": 2, odd: "text" as unknown as number };
    const create = () => wordDecoder({ text: "a\0b\ud800", usage });
    const { summary } = new TurnDecoder({ runtime: "words", onError: fails, create }).end(ended);
    expect(summary).toMatchObject({ resultText: "a\u{fffd}b\u{fffd}", usage: { input_tokens: 1 } });
    expect(Object.keys(summary.usage ?? {})).toEqual(["input_tokens"]);
  });

  it("counts for the turn what a runtime's running total grew by", () => {
    const output = '{"type":"turn.completed","usage":{"input_tokens":30,"output_tokens":3}}\n';
    const usageBefore = { input_tokens: 10, output_tokens: 1 };
    const decoder = new TurnDecoder({ runtime: "codex", usageBefore, onError: fails });
    decoder.write(output, "stdout");
    const { entries, summary } = decoder.end(ended);
    expect(summary.usage).toEqual({ input_tokens: 20, output_tokens: 2 });
    expect(parse(entries).at(-1)).toMatchObject({ thread_usage: { input_tokens: 30, output_tokens: 3 } });
  });

  it("puts a warning in the place of an event that is too deep to be stored", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const decoder = new TurnDecoder({ runtime: "gemini", onError: fails });
    const line = `{"type":"tool_use","tool_id":"c","tool_name":"x","parameters":${deep}}\n`;
    expect(parse(decoder.write(line, "stdout"))).toEqual([
      { type: "warning", message: "An event of the type tool_call could not be stored" },
    ]);
    expect(decoder.end(ended).summary.toolCalls).toBe(1);
  });

  it("counts tools by name, a bounded number of names", () => {
    const call = (name: string): AgentEvent => ({ type: "tool_call", id: "1", name, kind: "shell", input: {} });
    const create = (): Decoder => ({
      write: () => [call("Bash"), ...Array.from({ length: 200 }, (_, index) => call(`tool ${index}`)), call("Bash")],
      end: () => [
        { type: "session_start", model: "m" },
        { type: "result", verdict: "success" },
      ],
    });
    const decoder = new TurnDecoder({ runtime: "words", onError: fails, create });
    decoder.write("", "stdout");
    const { summary } = decoder.end(ended);
    expect(summary).toMatchObject({ toolCalls: 202, model: "m" });
    expect(summary.tools).toHaveLength(100);
    expect(summary.tools[0]).toEqual({ name: "Bash", calls: 2 });
  });

  it("keeps unknown lines of an agent, but not those of a plain program, which mean nothing else", () => {
    const lines = (runtime: string) => {
      const decoder = new TurnDecoder({ runtime, onError: fails });
      return parse([...decoder.write("one\ntwo\n", "stdout"), ...decoder.end(ended).entries]).map(({ type }) => type);
    };
    expect(lines("claude")).toEqual(["raw", "raw", "result"]);
    expect(lines("command")).toEqual(["result"]);
  });
});
