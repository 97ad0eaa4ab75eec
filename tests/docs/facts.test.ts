import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "@aod/core/errors";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

/** First cells of a Markdown table's rows, code marks removed. */
function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => /^\| `/.test(line))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("docs/errors.md has each error code once, with its status", () => {
  const documented = rows(read("docs/errors.md"))
    .filter(([code = ""]) => code in errorCodes)
    .map(([code, status]) => [code, status]);
  const expected = Object.entries(errorCodes).map(([code, { status }]) => [
    code,
    status === null ? "" : String(status),
  ]);
  expect(documented).toEqual(expected);
});

test("docs/self-hosting.md has each setting that the server reads, and no other", () => {
  const settings = new Set(read("apps/server/src/env.ts").match(/\b(?:AOD_[A-Z_]+|DATABASE_URL)\b/g));
  const documented = rows(read("docs/self-hosting.md"))
    // A family of settings is written with its changing part, as in AOD_SESSION_ENV_<NAME>.
    .map(([name = ""]) => name.replace("<NAME>", ""))
    .filter((name) => /^(?:AOD_|DATABASE_URL)/.test(name));
  expect(new Set(documented)).toEqual(settings);
});
