import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../test/support/collect.ts";
import { decodeEvents } from "./decode-events.ts";
import { encodeComment, encodeEvent, escapeLineSeparators } from "./encode.ts";

describe("encodeEvent", () => {
  it("writes an id line only for an event that has one", () => {
    expect(encodeEvent({ id: 7, data: `{"a":1}` })).toBe(`id: 7\ndata: {"a":1}\n\n`);
    expect(encodeEvent({ data: `{"a":1}` })).toBe(`data: {"a":1}\n\n`);
  });

  it.each(["\n", "\r", "\u0085", "\u2028", "\u2029"])("refuses the line break %j", (lineBreak) => {
    expect(() => encodeEvent({ data: `{"a":"${lineBreak}"}` })).toThrow(TypeError);
    expect(() => encodeComment(`a${lineBreak}b`)).toThrow(TypeError);
  });

  it.each([-1, 1.5, NaN, 2 ** 53])("refuses the id %d", (id) => {
    expect(() => encodeEvent({ id, data: "{}" })).toThrow(TypeError);
  });

  it("writes what decodeEvents reads, whatever the text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (texts) => {
        const events = texts.map((data, i) => ({ type: "output", id: i + 1, stream: "stdout", data, turn: 1 }));
        const frames = events.map((event) =>
          encodeEvent({ id: event.id, data: escapeLineSeparators(JSON.stringify(event)) }),
        );
        const { body } = new Response(frames.join(encodeComment("heartbeat")));
        expect((await collect(decodeEvents(body!))).read).toEqual(events);
      }),
    );
  });
});

describe("encodeComment", () => {
  it("writes a block of its own", () => {
    expect(encodeComment("heartbeat")).toBe(": heartbeat\n\n");
  });
});

describe("escapeLineSeparators", () => {
  it("escapes the three separators that JSON allows in strings, and nothing else", () => {
    const json = JSON.stringify({ text: "a\u0085b\u2028c\u2029d\né\\u2028" });
    expect(escapeLineSeparators(json)).toBe(String.raw`{"text":"a\u0085b\u2028c\u2029d\né\\u2028"}`);
    expect(JSON.parse(escapeLineSeparators(json))).toEqual(JSON.parse(json));
  });
});
