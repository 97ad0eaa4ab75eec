import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function split(chunks: readonly (Uint8Array | string)[], maxLength?: number): string[] {
  const splitter = new LineSplitter(maxLength === undefined ? {} : { maxLength });
  return [...chunks.flatMap((chunk) => splitter.write(chunk)), ...splitter.end()];
}

describe("LineSplitter", () => {
  it("cuts at line feeds only, and takes the carriage return before one", () => {
    expect(split(["a\nb\r\n\nc\rd\u2028e\u0085f\u000bg\n"])).toEqual(["a", "b", "", "c\rd\u2028e\u0085f\u000bg"]);
  });

  it("returns the rest at the end as it is", () => {
    expect(split(["a\nhalf\r"])).toEqual(["a", "half\r"]);
    expect(split(["a\n"])).toEqual(["a"]);
    expect(split([])).toEqual([]);
  });

  it("finds the same lines wherever bytes are cut, also inside of characters and of what is no UTF-8", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom("\n", "\r\n", "\r", "👩‍👩‍👧‍👦", "é", "\u2028").map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        expect(split(chunks)).toEqual(split([whole]));
      }),
    );
  });

  it("finds the same lines in pieces of any size, with characters of every length in them", () => {
    const lengths = [0, 1, 127, 16_383, 16_384, 16_385, 40_000, 3, ...Array.from({ length: 400 }, (_, i) => i)];
    const lines = lengths.map((length, i) => ["x", "é", "—", "🌍"][i % 4]?.repeat(length) ?? "");
    const bytes = Buffer.from(lines.join("\n"));
    for (const size of [1_000, 16_384, 65_536, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(split(chunks)).toEqual(lines);
    }
  });

  it("does not keep the buffer that it was given", () => {
    const splitter = new LineSplitter();
    const buffer = new TextEncoder().encode("abc\u00e9".slice(0, 4));
    const [head, tail] = [buffer.subarray(0, 4), buffer.subarray(4)];
    splitter.write(head);
    head.fill(0x21);
    expect([...splitter.write(tail), ...splitter.end()]).toEqual(["abcé"]);
  });

  it("turns half a character at the end, or before text, into U+FFFD", () => {
    expect(split([Uint8Array.of(0x61, 0xf0, 0x9f)])).toEqual(["a\u{fffd}"]);
    expect(split([Uint8Array.of(0xc3), "b\n"])).toEqual(["\u{fffd}b"]);
  });

  it("cuts a line that is longer than it may be, at the same place in bytes and in text", () => {
    const text = `${"x".repeat(10)}\nyy\n${"é".repeat(8)}`;
    const expected = ["xxxx", "xxxx", "xx", "yy", "éééé", "éééé"];
    expect(split([text], 4)).toEqual(expected);
    expect(split(Array.from(text), 4)).toEqual(expected);
    expect(
      split(
        [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)),
        4,
      ),
    ).toEqual(expected);
  });

  it("joins a line of 10 MB from small pieces without going over it again and again", () => {
    const splitter = new LineSplitter();
    const piece = new Uint8Array(1_000).fill(0x61);
    const begin = process.cpuUsage();
    for (let count = 0; count < 10_000; count++) expect(splitter.write(piece).length).toBe(0);
    expect(splitter.write("\n")[0]?.length).toBe(10_000_000);
    // It takes a tenth of a second; joining at every piece would take minutes.
    expect(process.cpuUsage(begin).user).toBeLessThan(5_000_000);
  });
});
