import { fstatSync, statSync } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readOrMakeFile } from "./data-file.ts";

/** The inodes that were brought to the disk, in order. */
const synced: number[] = [];
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<{ fsyncSync: (file: number) => void }>();
  return {
    ...fs,
    fsyncSync: (file: number) => {
      fs.fsyncSync(file);
      synced.push(fstatSync(file).ino);
    },
  };
});

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "aod-data-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test("a file is made once, and it and its name are on the disk before anybody uses it", async () => {
  const folder = await temporaryDirectory();
  const path = join(folder, "name");
  expect(readOrMakeFile(path, () => "first")).toBe("first");
  expect(synced).toEqual([statSync(path).ino, statSync(folder).ino]);
  expect(readOrMakeFile(path, () => "second")).toBe("first");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["name"]);
});

test("whoever is slower gets what the faster one made", async () => {
  const path = join(await temporaryDirectory(), "name");
  const slower = readOrMakeFile(path, () => {
    readOrMakeFile(path, () => "faster");
    return "slower";
  });
  expect(slower).toBe("faster");
});
