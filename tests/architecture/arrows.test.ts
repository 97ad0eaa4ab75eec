import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findViolations, type Violation } from "./arrows.ts";
import { readWorkspaces, repositoryRoot } from "./workspace.ts";

test("every import of the repository points down [P1]", () => {
  const workspaces = readWorkspaces(repositoryRoot);
  const names = workspaces.map(({ manifest }) => manifest.name);
  expect(names).toEqual(expect.arrayContaining(["@aod/core", "@aod/stream", "@aod/sdk", "@aod/server", "@aod/cli"]));
  expect(workspaces.flatMap(({ files }) => files).length).toBeGreaterThan(50);
  expect(findViolations(repositoryRoot, workspaces)).toEqual([]);
});

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aod-arrows-"));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

let plots = 0;

/** A workspace of its own with a sound core, stream, sdk and server, and the planted files on top. */
function violationsOf(planted: Readonly<Record<string, string>>): Violation[] {
  const plot = join(root, String(++plots));
  const manifest = (name: string, dependencies: readonly string[], exports: readonly string[] = ["."]) =>
    JSON.stringify({
      name,
      dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, "workspace:^"])),
      exports: Object.fromEntries(exports.map((entry) => [entry, { "@aod/source": "./src/index.ts" }])),
    });
  const files = {
    "packages/core/package.json": manifest("@aod/core", ["zod"], [".", "./errors"]),
    "packages/core/src/index.ts": `import { z } from "zod"; export const schema = z.string();`,
    "packages/stream/package.json": manifest("@aod/stream", ["@aod/core"]),
    "packages/stream/src/index.ts": `import type { Event } from "@aod/core"; import { AodError } from "@aod/core/errors"; export { type Event, AodError };`,
    "packages/transport/package.json": manifest("@aod/transport", ["@aod/core"]),
    "packages/transport/src/index.ts": `export const transport = 1;`,
    "packages/sdk/package.json": manifest("@aod/sdk", ["@aod/core", "@aod/stream", "@aod/transport"]),
    "packages/sdk/src/index.ts": `export { transport } from "@aod/transport";`,
    "apps/server/package.json": manifest("@aod/server", ["@aod/core", "@aod/stream"]),
    "apps/server/src/index.ts": `import { readFileSync } from "node:fs"; export { readFileSync };`,
    ...planted,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(plot, path)), { recursive: true });
    writeFileSync(join(plot, path), content);
  }
  return findViolations(plot, readWorkspaces(plot));
}

test("a sound workspace has no violation", () => {
  expect(violationsOf({})).toEqual([]);
});

test.each([
  ["an upward import", "arrow", "packages/core/src/up.ts", `import { AodError } from "@aod/stream";`],
  ["a sideways import", "arrow", "packages/stream/src/side.ts", `import "@aod/transport";`],
  ["an upward type import", "arrow", "packages/core/src/type.ts", `import type { Client } from "@aod/sdk";`],
  ["an upward import in a test", "arrow", "packages/core/src/up.test.ts", `import "@aod/sdk";`],
  ["an upward dynamic import", "arrow", "packages/core/src/late.ts", `await import("@aod/sdk");`],
  ["an upward re-export", "arrow", "packages/core/src/again.ts", `export * from "@aod/sdk";`],
  ["an entry beside the one allowed", "arrow", "apps/server/src/decode.ts", `import "@aod/stream";`],
  ["a server that prints", "arrow", "apps/server/src/print.ts", `import "@aod/pretty";`],
  ["an import of an app", "app-import", "packages/sdk/src/app.ts", `import "@aod/server";`],
  ["a resolved app", "app-import", "packages/sdk/src/resolve.ts", `import.meta.resolve("@aod/server");`],
  ["a relative import that leaves", "leaves-package", "packages/sdk/src/out.ts", `import "../../core/src/index.ts";`],
  ["an undeclared dependency", "undeclared", "packages/stream/src/dep.ts", `import "fastify";`],
  ["an undeclared sibling", "undeclared", "apps/server/src/dep.ts", `import "@aod/pretty/decode";`],
  ["a file behind the exports", "not-exported", "packages/sdk/src/deep.ts", `import type {} from "@aod/core/src/x";`],
  ["zod in the stream", "zod", "packages/stream/src/zod.ts", `import { schema } from "@aod/core";`],
  ["a cycle", "cycle", "packages/sdk/src/cycle.ts", `import "./cycle.ts";`],
])("catches %s", (_title, rule, path, content) => {
  // A sibling has to exist to be one.
  const sibling = content.includes("@aod/pretty") ? { "packages/pretty/package.json": `{"name":"@aod/pretty"}` } : {};
  const found = violationsOf({ ...sibling, [path]: content });
  expect(found).toEqual([expect.objectContaining({ rule, where: expect.stringContaining(path) as string })]);
});

test("catches a Node module that a root entry reaches", () => {
  const found = violationsOf({
    "packages/stream/src/index.ts": `export * from "./inner.ts";`,
    "packages/stream/src/inner.ts": `import { readFileSync } from "node:fs"; export { readFileSync };`,
  });
  expect(found).toEqual([{ rule: "node-in-root", where: "packages/stream/src/inner.ts:1", what: "node:fs" }]);
});

test("lets a Node entry behind the node condition use Node", () => {
  const exports = { ".": { node: { "@aod/source": "./src/node.ts" }, "@aod/source": "./src/index.ts" } };
  const found = violationsOf({
    "packages/transport/package.json": JSON.stringify({ name: "@aod/transport", exports }),
    "packages/transport/src/node.ts": `import "node:http";`,
  });
  expect(found).toEqual([]);
});

test("catches a manifest that depends upward", () => {
  const manifest = { name: "@aod/core", dependencies: { zod: "1", "@aod/sdk": "workspace:^" } };
  const found = violationsOf({ "packages/core/package.json": JSON.stringify(manifest) });
  expect(found).toContainEqual(
    expect.objectContaining({
      rule: "arrow",
      where: "packages/core/package.json",
      what: "@aod/core depends on @aod/sdk",
    }),
  );
});
