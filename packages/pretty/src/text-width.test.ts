import { describe, expect, it } from "vitest";
import { cutText, textWidth } from "./text-width.ts";

describe("textWidth", () => {
  it.each([
    ["abc", 3],
    ["Grüße", 5],
    ["你好", 4],
    ["🌍", 2],
    ["👩‍👩‍👧‍👦", 2],
    ["✏️", 2],
    ["e\u0301", 1],
    ["שלום", 4],
    ["a\u200bb", 2],
    ["│ …", 3],
    ["", 0],
  ])("of %j is %i", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe("cutText", () => {
  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["你好吗", 6, "你好吗"],
    ["你好吗", 5, "你好…"],
    ["你好吗", 4, "你…"],
    ["👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"],
    ["e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"],
    ["", 5, ""],
  ])("cuts %j to %i columns as %j", (text, columns, cut) => {
    expect(cutText(text, columns)).toBe(cut);
  });

  it("looks only at the start of a long text", () => {
    const begin = process.cpuUsage();
    expect(textWidth(cutText("👩‍👩‍👧‍👦 ".repeat(1_000_000), 80))).toBeLessThanOrEqual(80);
    expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
  });
});
