import { describe, expect, it } from "vitest";
import { formatFixed, isBlank, shorten, splitLines, strip } from "./python-text.ts";

describe("formatFixed", () => {
  // The right column is what CPython prints for f"{x:.1f}" and f"{x:.4f}".
  it.each([
    [0.25, 1, "0.2"],
    [0.75, 1, "0.8"],
    [0.35, 1, "0.3"],
    [0.45, 1, "0.5"],
    [2.25, 1, "2.2"],
    [12.75, 1, "12.8"],
    [0, 1, "0.0"],
    [0.05, 1, "0.1"],
    [-0.25, 1, "-0.2"],
    [-0.75, 1, "-0.8"],
    [1003 / 1000, 1, "1.0"],
    [0.00625, 4, "0.0063"],
    [0.03125, 4, "0.0312"],
    [0.09375, 4, "0.0938"],
    [0.022080000000000002, 4, "0.0221"],
    [1e21, 1, "1000000000000000000000.0"],
    [1e-7, 4, "0.0000"],
    [Infinity, 1, "inf"],
  ])("prints %d with %d digits as %s", (value, digits, text) => {
    expect(formatFixed(value, digits)).toBe(text);
  });
});

describe("text", () => {
  it("has the white space of Python, not of JavaScript", () => {
    expect(strip("\u001c\u0085\u3000 a\u00a0\u2003")).toBe("a");
    expect(strip("\ufeffa")).toBe("\ufeffa");
    expect(isBlank("\u001f\n\u2029")).toBe(true);
    expect(isBlank("\u200b")).toBe(false);
    expect(strip("")).toBe("");
  });

  it("is split at every line boundary, without an empty line at its end", () => {
    const text = "a\nb\rc\r\nd\u000be\u000cf\u001cg\u001dh\u001ei\u0085j\u2028k\u2029l\u001fm";
    expect(splitLines(text)).toEqual("a b c d e f g h i j k l\u001fm".split(" "));
    expect(splitLines("a\n\nb\n")).toEqual(["a", "", "b"]);
    expect(splitLines("")).toEqual([]);
  });

  it("is shortened by code points", () => {
    expect(shorten(" a\t\n b\u2028c ", 10)).toBe("a b c");
    expect(shorten("🌍".repeat(10), 10)).toBe("🌍".repeat(10));
    expect(shorten("🌍".repeat(11), 10)).toBe(`${"🌍".repeat(9)}…`);
    expect(shorten("x".repeat(11), 10)).toBe(`${"x".repeat(9)}…`);
  });
});
