import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["modle", ["name", "model", "metadata"], "model"],
  ["claud", ["claude", "codex", "command"], "claude"],
  ["wrk", ["default", "work"], "work"],
  ["Runtime", ["runtime"], "runtime"],
  ["nonsense", ["name", "model"], null],
  ["x", [], null],
])("%s among %j is %s", (word, known, expected) => {
  expect(nearest(word, known)).toBe(expected);
});
