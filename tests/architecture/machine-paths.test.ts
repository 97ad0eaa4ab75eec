import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { privatePaths, repositoryRoot } from "./workspace.ts";

/** Files that git knows or would add: what a clone contains. */
function repositoryFiles(): string[] {
  // Whoever owns the checkout: somebody else may have cloned it.
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "safe.directory=*", ...args], { cwd: repositoryRoot, encoding: "utf8" });
  return git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    .split("\0")
    .filter(
      (file) => file !== "" && statSync(join(repositoryRoot, file), { throwIfNoEntry: false })?.isFile() === true,
    );
}

// Joined here so that this file does not contain what it forbids.
const builderFolders = ["main", "shared", ".library", ".mirror"].map((name) => ["", "work", name].join("/"));
const contractFolder = ["", "tmp", "aod", ""].join("/");
const wheels = ["", "opt", "wheels"].join("/");

/** Only where the path begins: `/work` is also the end of other folders' names. */
function machinePathsIn(text: string): string[] {
  return [...new Set([...builderFolders, contractFolder, wheels, ...privatePaths])].filter((path) =>
    text
      .split(path)
      .slice(0, -1)
      .some((before) => !/[\w.-]$/.test(before)),
  );
}

test("no file names a folder of the machine it was written on", () => {
  const files = repositoryFiles();
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((file) =>
    machinePathsIn(readFileSync(join(repositoryRoot, file), "latin1")).map((path) => `${file}: ${path}`),
  );
  expect(found).toEqual([]);
});

test("a planted machine path is found", () => {
  // More than that where the checkout is inside one of the others.
  expect(machinePathsIn(`see ${repositoryRoot}/README.md`)).toEqual(expect.arrayContaining([...privatePaths]));
  expect(machinePathsIn(`cd ${builderFolders[1] ?? ""}/design.md`)).toEqual([builderFolders[1]]);
  expect(machinePathsIn(`cd /elsewhere${builderFolders[1] ?? ""}/design.md`)).toEqual([]);
  expect(machinePathsIn("/workspace/repo, /home/sprite and /tmp/aod-env are words of the wire")).toEqual([]);
});
