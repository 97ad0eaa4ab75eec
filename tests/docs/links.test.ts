import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { anchorsOf, proseOf, readMarkdown } from "./markdown.ts";
import type { MarkdownFile } from "./markdown.ts";

/** Links of a file that lead nowhere. Addresses outside the repository are not looked up. */
function brokenLinks(file: MarkdownFile, files: readonly MarkdownFile[]): string[] {
  const broken: string[] = [];
  for (const [, target = ""] of proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const resolved = path === "" ? file.path : normalize(join(dirname(file.path), path));
    if (!existsSync(join(repositoryRoot, resolved))) {
      broken.push(`${file.path}: ${target}`);
      continue;
    }
    const linked = files.find((each) => each.path === resolved);
    if (anchor !== undefined && linked && !anchorsOf(linked).has(anchor)) broken.push(`${file.path}: ${target}`);
  }
  return broken;
}

test("every relative link and anchor resolves", () => {
  const files = readMarkdown();
  expect(files.map((file) => file.path)).toContain("README.md");
  expect(files.flatMap((file) => brokenLinks(file, files))).toEqual([]);
});

test("a link to a missing file, or to a missing heading, is found", () => {
  const file = { path: "README.md", text: "[a](docs/nowhere.md) [b](#title) [c](#no-title)\n\n# Title\n" };
  expect(brokenLinks(file, [file])).toEqual(["README.md: docs/nowhere.md", "README.md: #no-title"]);
});
