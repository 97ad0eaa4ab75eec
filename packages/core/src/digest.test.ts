import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RunningDigest } from "./digest.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

describe("RunningDigest", () => {
  it("equals SHA-256 for every length around the block borders", () => {
    for (let length = 0; length <= 260; length++) {
      const text = "a".repeat(length);
      expect(new RunningDigest().update(text).hex()).toBe(sha256(text));
    }
  });

  it("equals SHA-256 for text of any characters, cut and stored anywhere", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 200 })), (texts) => {
        let state = "";
        for (const text of texts) state = RunningDigest.restore(state).update(text).save();
        expect(RunningDigest.restore(state).hex()).toBe(sha256(texts.join("")));
      }),
    );
  });

  it("hashes lone surrogates as U+FFFD, as any UTF-8 encoder does", () => {
    expect(new RunningDigest().update("\ud800").hex()).toBe(sha256("\ufffd"));
  });

  it("goes on after hex() and save()", () => {
    const digest = new RunningDigest().update("one ");
    expect([digest.hex(), digest.hex()]).toEqual([sha256("one "), sha256("one ")]);
    digest.save();
    expect(digest.update("two").hex()).toBe(sha256("one two"));
  });

  it("counts bits beyond 32 bits", () => {
    const short = new RunningDigest().update("x".repeat(64)).save();
    const long = short.replace(/^64,/, `${64 + 2 ** 29},`);
    expect(RunningDigest.restore(long).hex()).not.toBe(RunningDigest.restore(short).hex());
  });

  it("equals SHA-256 for 10 MB in pieces of odd sizes", () => {
    const text = "0123456789é".repeat(900_000);
    const digest = new RunningDigest();
    for (let at = 0, size = 1; at < text.length; at += size, size = (size * 7 + 3) % 65_537) {
      digest.update(text.slice(at, at + size));
    }
    expect(digest.hex()).toBe(sha256(text));
  });

  it.each([
    "nonsense",
    "0",
    "1,1,2,3,4,5,6,7,8",
    "64,1,2,3,4,5,6,7,8,9",
    "1,1,2,3,4,5,6,7,8,256",
    "0,1,2,3,4,5,6,7,4294967296",
  ])("refuses the state %j", (state) => {
    expect(() => RunningDigest.restore(state)).toThrow(RangeError);
  });
});
