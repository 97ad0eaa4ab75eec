// Sandboxes appear and disappear by a rename: what has the right name is whole, whatever was killed when.
import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** @param afterRename Called with the folder's last name, before its files go. */
export async function removeSandboxFolder(
  root: string,
  afterRename: (gone: string) => Promise<unknown>,
): Promise<void> {
  const gone = join(dirname(root), `${gonePrefix}${randomUUID()}`);
  try {
    await rename(root, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await afterRename(gone);
  await removeTree(gone);
}

/** Names of the sandboxes in this folder. */
export async function listSandboxes(folder: string): Promise<string[]> {
  return (await listNames(folder)).filter((name) => !name.startsWith("."));
}

/** Ends removals that a crash interrupted. */
export async function removeLeftovers(folder: string): Promise<void> {
  const gone = (await listNames(folder)).filter((name) => name.startsWith(gonePrefix));
  for (const name of gone) await removeTree(join(folder, name));
}

async function removeTree(root: string): Promise<void> {
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

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
