import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");

test.each(["claude", "codex", "gemini", "opencode"])(
  "docs/runtimes.md names the version of %s that is installed",
  (name) => {
    const version = /const VERSION = "(.+)";/.exec(read(`apps/server/src/runtimes/${name}.ts`))?.[1];
    const row = read("docs/runtimes.md")
      .split("\n")
      .find((line) => line.startsWith(`| \`${name}\``));
    expect(row?.split("|")[3]?.trim()).toBe(version);
  },
);
