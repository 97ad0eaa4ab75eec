import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heldLength, toPrintable, toPrintableLine, toPrintableLines } from "./printable.ts";

describe("toPrintable", () => {
  it.each([
    ["a colour", "\u001b[1;31mred\u001b[0m", "red"],
    ["a cleared screen", "a\u001b[2J\u001b[Hb", "ab"],
    ["a title", "\u001b]0;you are root\u0007done", "done"],
    ["a link", "\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\", "click"],
    ["a query of the terminal", '\u001bP$q"p\u001b\\x\u001b[c', "x"],
    ["8-bit sequences", "\u009b31mred\u009d0;title\u009cx", "redx"],
    ["a title without end", "\u001b]0;title", "␛]0;title"],
    ["a sequence without end", "a\u001b[31", "a␛[31"],
    ["a title over two lines", "\u001b]0;a\nb\u0007", "␛]0;a\nb␇"],
    ["control characters", "a\u0000b\u0007c\u0008d\u007fe\u0080f", "a␀b␇c␈d␡e\u{fffd}f"],
    ["turned text", "a\u202egpj.exe\u2066b\u2069", "agpj.exeb"],
    ["half of a pair", "a\ud83db", "a\u{fffd}b"],
    ["line breaks", "a\r\nb\rc\u2028d\u0085e\u000bf\u000cg", "a\nb\nc\nd\ne\nf\ng"],
    ["what is harmless", "Grüße\t🌍 👩‍👩‍👧 שלום\n", "Grüße\t🌍 👩‍👩‍👧 שלום\n"],
  ])("takes the harm out of %s", (_title, text, printed) => {
    expect(toPrintable(text)).toBe(printed);
  });

  it("leaves no control character but tab and line feed, whatever comes", () => {
    const unit = fc.constantFrom(
      "\u001b",
      "[",
      "]",
      "\u0007",
      "\u009b",
      "\\",
      "P",
      "3",
      "1",
      "m",
      "\r",
      "\n",
      "a",
      ";",
      "\u202e",
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: "binary" })), (text) => {
        expect(toPrintable(text)).not.toMatch(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  // In time that grew with the square of the length, each would need minutes.
  it.each(["\u001b]", "\u001b[", "\r", "\n", "\u001b[3", " \n"])("copes with %j many times over", (part) => {
    expect(toPrintable(part.repeat(500_000))).not.toBe("");
    expect(toPrintableLines(part.repeat(500_000))).not.toEqual([]);
  });
});

describe("toPrintableLines", () => {
  it("shows of a progress bar where it stands in the end", () => {
    expect(toPrintableLines("10%\r20%\r100%\r\ndone\r")).toEqual(["100%", "done"]);
  });

  it("leaves empty lines at the end out, and makes tabs to spaces", () => {
    expect(toPrintableLines("a\n\n\tb\n\n")).toEqual(["a", "", "    b"]);
    expect(toPrintableLines("")).toEqual([""]);
    expect(toPrintableLines("a\n\nb\n\n")).toEqual(["a", "", "b"]);
  });
});

describe("heldLength", () => {
  it.each([
    ["text", 0],
    ["text\r", 1],
    ["text\ud83d", 1],
    ["text\u001b]0;ti\ud83d", 7],
    ["text\u001b]0;ti\r", 7],
    ["text\u001b[31m\r", 1],
    ["text\u001b", 1],
    ["text\u001b[31", 4],
    ["text\u001b[31m", 0],
    ["text\u001b]0;ti", 6],
    ["text\u001b]0;ti\u001b", 7],
    ["text\u001b]0;ti\u001b\\", 0],
    ["text\u001b]0;ti\nle", 0],
    [`\u001b]0;${"x".repeat(300)}`, 0],
  ])("waits at the end of %j for what is missing: %i", (text, length) => {
    expect(heldLength(text)).toBe(length);
  });
});

it("brings text to one line", () => {
  expect(toPrintableLine("  a \n\t b\u2028c\u001b[2J ")).toBe("a b c");
  expect(toPrintableLine("a  b")).toBe("a b");
  expect(toPrintableLine("a b")).toBe("a b");
  expect(toPrintableLine("é  ü")).toBe("é ü");
  const unit = fc.constantFrom(" ", "\t", "\n", "\u00a0", "\u2003", "\u2028", "a", "é", "·", "🌍", "\u001b[", "\u0007");
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: "binary" })), (text) => {
      expect(toPrintableLine(text)).toBe(toPrintable(text).replace(/\s+/g, " ").trim());
    }),
  );
});
