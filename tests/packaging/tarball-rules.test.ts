import { expect, test } from "vitest";
import { tarballProblems } from "./tarball-rules.ts";

const manifest = {
  name: "x",
  version: "1.0.0",
  description: "A package.",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=22.19" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
};
const files = new Map([
  ["README.md", ""],
  ["LICENSE", ""],
  ["dist/index.js", "export {};"],
  ["dist/index.d.ts", ""],
]);

test("a sound tarball has no problem", () => {
  expect(tarballProblems({ manifest, files }, ["/checkout"])).toEqual([]);
});

test.each([
  ["a missing README", {}, { "README.md": null }, "README.md is missing"],
  ["a test", {}, { "dist/index.test.js": "" }, "dist/index.test.js has no place in a package"],
  ["sources", {}, { "src/index.ts": "" }, "src/index.ts has no place in a package"],
  ["an absolute path", {}, { "dist/index.js": "//# /checkout/src" }, "dist/index.js names /checkout"],
  ["a workspace range", { dependencies: { y: "workspace:^" } }, {}, "y is wanted as workspace:^"],
  ["a missing description", { description: "" }, {}, "package.json has no description"],
  [
    "silence about side effects",
    { sideEffects: undefined },
    {},
    "package.json does not say which files have side effects",
  ],
  ["another engine", { engines: { node: ">=18" } }, {}, "package.json wants node >=18"],
  ["no engine", { engines: {} }, {}, "package.json wants node (any)"],
  ["a missing file", { bin: { x: "./bin.js" } }, {}, "package.json points to ./bin.js, which is not there"],
  [
    "types after default",
    { exports: { ".": { default: "./dist/index.js", types: "./dist/index.d.ts" } } },
    {},
    "exports .: types is not first",
  ],
])("finds %s", (_title, changed, changedFiles: Record<string, string | null>, problem) => {
  const all = new Map(files);
  for (const [path, content] of Object.entries(changedFiles)) {
    if (content === null) all.delete(path);
    else all.set(path, content);
  }
  expect(tarballProblems({ manifest: { ...manifest, ...changed }, files: all }, ["/checkout"])).toContain(problem);
});
