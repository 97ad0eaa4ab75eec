import { expect, test } from "vitest";
import { displayWidth, toLine, truncate } from "./text.ts";

test("counts wide characters as two columns", () => {
  expect(displayWidth("日本 ✅ é")).toBe(9);
  expect(truncate("日本語", 5)).toBe("日本…");
  expect(truncate("日本語", 4)).toBe("日…");
});

test("makes one printable line of any text", () => {
  expect(toLine("a\u001b[2Jb\r\nc\u009bd")).toBe("a [2Jb c d");
});
