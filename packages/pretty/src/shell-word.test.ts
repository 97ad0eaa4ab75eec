import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { unquoteShellWord } from "./shell-word.ts";

const words = [
  "ls",
  "'echo hi'",
  `'echo "a" > b'`,
  `"echo 'a'"`,
  String.raw`"a \"b\" \\ \$c \x"`,
  `'it'"'"'s'`,
  String.raw`'it'\''s'`,
  String.raw`a\ b`,
  "'two\nlines'",
  "'grüße 🌍'",
];

describe("unquoteShellWord", () => {
  it.each(words)("reads %j as a shell does", (word) => {
    expect(unquoteShellWord(word)).toBe(execFileSync("sh", ["-c", `printf %s ${word}`], { encoding: "utf8" }));
  });

  it.each(["a b", "'open", '"open', "a\\", "'a' 'b'"])("gives nothing for %j, which is not one word", (word) => {
    expect(unquoteShellWord(word)).toBeUndefined();
  });

  it("reads the longest words that a command line can have, and no longer ones", () => {
    for (const fill of ["a", String.raw`\"`, " ", "'"]) {
      const inner = fill.repeat((128 * 1024) / fill.length - 1).slice(0, 128 * 1024 - 2);
      expect(unquoteShellWord(`"${inner}"`)).toHaveLength(inner.replaceAll(String.raw`\"`, '"').length);
      expect(unquoteShellWord(`"${inner}${fill.repeat(3)}"`)).toBeUndefined();
    }
  });
});
