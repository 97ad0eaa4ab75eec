import { describe, expect, it } from "vitest";
import { unfinishedBytes } from "./whole-characters.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A small generator with a seed, so that a failure can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Decodes chunk by chunk, holding back what the supervisor holds back. */
function decodeInChunks(bytes: Uint8Array, nextSize: () => number): string {
  let text = "";
  let rest = Buffer.alloc(0);
  for (let at = 0; at < bytes.length;) {
    const chunk = bytes.subarray(at, (at += nextSize()));
    const joined = Buffer.concat([rest, chunk]);
    const whole = joined.length - unfinishedBytes(joined);
    text += decoder.decode(joined.subarray(0, whole));
    rest = joined.subarray(whole);
  }
  return text + decoder.decode(rest);
}

describe("unfinishedBytes", () => {
  it("cuts where each part decodes by itself, whatever the bytes and the chunks", () => {
    const random = randomNumbers(20_261_123);
    const interesting = [
      0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0xa0, 0x9f,
    ];
    for (let round = 0; round < 3_000; round += 1) {
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 24) }, () => {
        return random() < 0.8
          ? (interesting[Math.floor(random() * interesting.length)] ?? 0)
          : Math.floor(random() * 256);
      });
      const text = decodeInChunks(bytes, () => 1 + Math.floor(random() * 5));
      expect(text, Buffer.from(bytes).toString("hex")).toBe(decoder.decode(bytes));
    }
  });

  it("holds back no byte of a complete text", () => {
    expect(unfinishedBytes(Buffer.from("aé€😀"))).toBe(0);
  });

  it("holds back each beginning of a character of four bytes", () => {
    const bytes = Buffer.from("😀");
    expect([1, 2, 3, 4].map((length) => unfinishedBytes(bytes.subarray(0, length)))).toEqual([1, 2, 3, 0]);
  });
});
