import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createCommandPages } from "./command-pages.ts";

const folder = fileURLToPath(new URL("../../../docs/cli/", import.meta.url));
const pages = createCommandPages();

test("docs/cli has a page for each command and no other", () => {
  expect(readdirSync(folder).sort()).toEqual(pages.map(({ file }) => file).sort());
});

test.each(pages)("docs/cli/$file is what the program says; write it anew with: npm run docs", ({ file, text }) => {
  expect(readFileSync(folder + file, "utf8")).toBe(text);
});
