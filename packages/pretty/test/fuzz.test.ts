import { agentEventSchema, type AgentEvent } from "@aod/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDecoder, createPrinter, formatterFor, render, runtimes, type ProgramEnd } from "../src/index.ts";
import { readFixtures } from "./support/fixtures.ts";

/** What must never reach a terminal: control characters, line breaks that only Unicode knows, marks that turn text. */
const harmful = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

const hostileText = fc.constantFrom(
  ...["\ud800", "\udfff", "\u{1f469}\u200d", "\u202egpj.exe", "\u2066x\u2069", "a\u200b\ufeffb", "\u2028\u2029\u0085"],
  ...["\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u0007", "\u001b]0;title", "\u001b[2J\u001b[", "\u001b"],
  ...["\u009b31m\u009d0;x\u009c", "\u0090q\u009f\u0080", "\r\n\r", "50%\r100%\r", "\u0000\u0007\u0008\u007f", "\t\v\f"],
  ...["__proto__", "constructor", "-1", "[API Error: ", "Exit code 3", "<task_result>", "Reconnecting... 1/5"],
);
const hostileValue = fc.oneof(
  hostileText,
  fc.array(hostileText, { maxLength: 6 }).map((texts) => texts.join("")),
  fc.constantFrom(null, true, false, 0, -0, -1, 0.1, 1e308, -1e308, 2 ** 53, 5e-324, "", [], {}, [[]], [null]),
  fc.constant(JSON.parse(`${"[".repeat(3_000)}${"]".repeat(3_000)}`) as unknown),
  fc.constant(JSON.parse('{"__proto__":{"type":"result"},"toString":1,"length":-1}') as unknown),
  fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
);

/** The value with the field at one path replaced, left out, or grown. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return replacement;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[step % (keys.length + 1)] ?? "__proto__";
  const changed = mutate(copy[key], rest, replacement);
  // By definition, so that `__proto__` becomes a field as it does in JSON.
  Object.defineProperty(copy, key, { value: changed, enumerable: true, configurable: true, writable: true });
  if (changed === undefined && !Array.isArray(copy))
    return Object.fromEntries(Object.entries(copy).filter(([k]) => k !== key));
  return copy;
}

function linesOf(runtime: string): string[] {
  return readFixtures(runtime).flatMap(({ stdout }) => stdout.toString().split("\n").filter(Boolean));
}

/** Output of a program that is broken, or means harm. */
function arbitraryOutput(runtime: string): fc.Arbitrary<Uint8Array> {
  const line = fc.constantFrom(...linesOf(runtime));
  const path = fc.array(fc.nat(30), { minLength: 1, maxLength: 6 });
  const mutated = fc
    .tuple(line, fc.array(fc.tuple(path, fc.option(hostileValue, { nil: undefined })), { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      JSON.stringify(changes.reduce<unknown>((value, [at, to]) => mutate(value, at, to), JSON.parse(text))),
    );
  const anyLine = fc.oneof(
    { weight: 6, arbitrary: mutated.map((text: string | undefined) => Buffer.from(text ?? "")) },
    { weight: 2, arbitrary: line.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: hostileValue.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: hostileText.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  );
  return fc
    .tuple(fc.array(anyLine, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
    .map(([lines, lineBreak, ended]) => {
      const whole = Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from(lineBreak)]));
      return ended ? whole : whole.subarray(0, Math.max(0, whole.length - lineBreak.length));
    });
}

const arbitraryEnd = fc.record({
  exitCode: fc.constantFrom(0, 1, 3, 41, 130, 143, 255, null),
  interrupted: fc.boolean(),
});

/** The pieces between these places, each a fraction of the whole. */
function cutAt<Whole extends Uint8Array | string>(whole: Whole, fractions: readonly number[]): Whole[] {
  const ends = [...fractions.map((part) => Math.floor(part * whole.length)).sort((a, b) => a - b), whole.length];
  return ends.map((end, index) => {
    const start = ends[index - 1] ?? 0;
    return (typeof whole === "string" ? whole.slice(start, end) : whole.subarray(start, end)) as Whole;
  });
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

const decodings = { numRuns: 40 };

describe.each([...runtimes, "command", "none-such"])("any output of %s", { timeout: 60_000 }, (runtime) => {
  const output = arbitraryOutput(runtimes.find((known) => known === runtime) ?? "claude");

  it("becomes valid events, the last one and no other the result, wherever it is cut", () => {
    const decode = (chunks: readonly Uint8Array[], errors: readonly Uint8Array[], end: ProgramEnd): AgentEvent[] => {
      const decoder = createDecoder(runtime, { usageBefore: {} });
      return [
        ...chunks.flatMap((chunk) => decoder.write(chunk)),
        ...errors.flatMap((chunk) => decoder.write(chunk, "stderr")),
        ...decoder.end(end),
      ];
    };
    const property = fc.property(output, output, arbitraryEnd, places, (stdout, stderr, end, cuts) => {
      const events = decode([stdout], [stderr], end);
      for (const event of events) expect(agentEventSchema.safeParse(event).error?.issues ?? []).toStrictEqual([]);
      expect(events.findIndex(({ type }) => type === "result")).toBe(events.length - 1);
      const again = decode(cutAt(stdout, cuts), cutAt(stderr, cuts), end);
      expect(JSON.stringify(again)).toBe(JSON.stringify(events));
    });
    fc.assert(property, decodings);
  });

  it("is printed without anything that could harm a terminal, wherever it is cut", () => {
    const print = (chunks: readonly Uint8Array[], stderr: Uint8Array, end: ProgramEnd): string => {
      const printer = createPrinter({ runtime, theme: { width: 40 } });
      const written = chunks.map((chunk) => printer.write(chunk)).join("");
      return written + printer.write(stderr, "stderr") + printer.end(end);
    };
    const property = fc.property(output, output, arbitraryEnd, places, (stdout, stderr, end, cuts) => {
      const text = print([stdout], stderr, end);
      expect(harmful.exec(text)).toBeNull();
      expect(text.isWellFormed()).toBe(true);
      expect(print(cutAt(stdout, cuts), stderr, end)).toBe(text);
    });
    fc.assert(property, decodings);
  });

  it("is printed in harmless lines by `render` and by its formatter too", () => {
    const theme = { width: 40 };
    const property = fc.property(output, places, (stdout, cuts) => {
      const decoder = createDecoder(runtime);
      const rendered = [...decoder.write(stdout), ...decoder.end({ exitCode: 1 })].map((event) => render(event, theme));
      for (const line of rendered.flat()) expect(/\n/.exec(line) ?? harmful.exec(line)).toBeNull();
      const formatter = formatterFor(runtime);
      const formatted = cutAt(Buffer.from(stdout).toString(), cuts).flatMap((piece) => formatter.feed(piece));
      formatted.push(...formatter.flush());
      // The lines of the Python client are as the agent wrote them.
      if (runtime !== "claude") for (const line of formatted) expect(harmful.exec(line)).toBeNull();
    });
    fc.assert(property, decodings);
  });
});
