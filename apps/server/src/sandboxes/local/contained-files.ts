// Files in a folder that an untrusted program also writes: no symbolic link it makes may lead the server out of there.
import { constants } from "node:fs";
import { mkdir, open, readlink, realpath, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { isBelow } from "./local-paths.ts";

/** A path leads out of the sandbox through a symbolic link. */
export class SandboxEscapeError extends Error {
  override readonly name = "SandboxEscapeError";

  constructor(path: string) {
    super(`Refused: ${path} leads out of the sandbox through a symbolic link`);
  }
}

/** @throws SandboxEscapeError */
export async function writeContained(
  root: string,
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const folder = dirname(path);
  await assertContained(root, folder, path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  // Not truncated before it is known where it is: the path may have changed since it was looked at.
  const file = await openContained(root, path, O_WRONLY | O_CREAT | O_NOFOLLOW, mode);
  try {
    await file.truncate(0);
    await file.chmod(mode);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/** @throws SandboxEscapeError */
export async function readContained(root: string, path: string): Promise<Uint8Array> {
  await assertContained(root, path, path);
  const file = await openContained(root, path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openContained(root: string, path: string, flags: number, mode?: number): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, flags, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") throw new SandboxEscapeError(path);
    throw error;
  }
  const opened = process.platform === "linux" ? await readlink(`/proc/self/fd/${file.fd}`) : await realpath(path);
  if (isBelow(opened, await realpath(root))) return file;
  await file.close();
  throw new SandboxEscapeError(path);
}

/** The deepest part of `path` that exists is inside `root`, all links followed. */
async function assertContained(root: string, path: string, asked: string): Promise<void> {
  const realRoot = await realpath(root);
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      if (isBelow(await realpath(existing), realRoot)) return;
      throw new SandboxEscapeError(asked);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || existing === dirname(existing)) throw error;
    }
  }
}
