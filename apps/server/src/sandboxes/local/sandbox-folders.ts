// Sandboxes appear and disappear by a rename: what has the right name is whole, whatever was killed when.
import { randomUUID } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { localPaths } from "./local-paths.ts";

const runPrefix = "run-";
const draftPrefix = ".new-";
const gonePrefix = ".gone-";

/** Makes the folders of a sandbox unless they are there. */
export async function makeSandboxFolder(root: string): Promise<void> {
  const draft = join(dirname(root), `${draftPrefix}${randomUUID()}`);
  const paths = localPaths(draft);
  await mkdir(draft, { recursive: true, mode: 0o700 });
  // A new name for every making: who still knows the run folder of a removed sandbox finds nothing.
  const folders = [paths.home, paths.workspace, paths.tmp, paths.elsewhere, join(draft, `${runPrefix}${randomUUID()}`)];
  for (const folder of folders) await mkdir(folder, { mode: 0o700 });
  try {
    await rename(draft, root);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/** @returns null when there is no such sandbox. */
export async function findRunFolder(root: string): Promise<string | null> {
  const names = await listNames(root);
  const name = names.find((candidate) => candidate.startsWith(runPrefix));
  return name === undefined ? null : join(root, name);
}

/**
 * Takes a sandbox out of its place: nothing can be started in it any more, and another one can be made there.
 *
 * @param runFolder Of the making that is meant. A later one in the same place stays.
 * @returns where it is now, or null when it is not there any more.
 */
export function takeAway(root: string, runFolder: string): string | null {
  // At once, without anything else in between: whoever was paused before finds what others did meanwhile.
  if (!existsSync(runFolder)) return null;
  const gone = join(dirname(root), `${gonePrefix}${randomUUID()}`);
  try {
    renameSync(root, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  if (existsSync(join(gone, basename(runFolder)))) return gone;
  renameSync(gone, root);
  return null;
}

/** Names of the sandboxes in this folder. */
export async function listSandboxes(folder: string): Promise<string[]> {
  return (await listNames(folder)).filter((name) => !name.startsWith("."));
}

/** Sandboxes that were taken out of their place and are not removed yet. */
export async function listTakenAway(folder: string): Promise<string[]> {
  return (await listNames(folder)).filter((name) => name.startsWith(gonePrefix)).map((name) => join(folder, name));
}

export async function removeTree(root: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  try {
    await rm(root, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    // Programs may leave read-only folders behind, package caches do.
    await makeWritable(root);
    await rm(root, options);
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}

/** @returns nothing when there is no such folder. */
export async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
