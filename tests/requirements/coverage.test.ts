import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { citedIds } from "./citations.ts";
import { requirements, type RequirementId } from "./requirements.ts";

const ids = Object.keys(requirements) as RequirementId[];

function testFiles(): Record<string, string> {
  const files = globSync("{packages,apps,tests,examples,bench}/**/*.test.ts", {
    cwd: repositoryRoot,
    exclude: (name) => name === "node_modules" || name === "dist",
  }).filter((file) => !file.startsWith("tests/requirements/"));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(repositoryRoot, file), "utf8")]));
}

const cited = citedIds(testFiles(), ids);

test.each(ids)("%s is cited by a test", (id) => {
  expect(cited.get(id)?.length ?? 0, requirements[id]).toBeGreaterThan(0);
});

test("an id counts only in brackets", () => {
  const files = { "a.test.ts": `test("numbers have no gap [L1]")`, "b.test.ts": `// L2 is proved elsewhere` };
  expect([...citedIds(files, ["L1", "L2"])]).toEqual([["L1", ["a.test.ts"]]]);
});
