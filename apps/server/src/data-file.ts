import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A file of the data directory that is made once and never changes (0600). It is on the disk before this returns, so that
 * nothing refers to what a power cut takes away. Of several processes that start at once, all get the first one's.
 *
 * @throws the system's error, e.g. `EACCES`.
 */
export function readOrMakeFile(path: string, make: () => string): string {
  const known = readIfThere(path);
  if (known !== null) return known;
  const draft = `${path}.new-${randomUUID()}`;
  try {
    writeFileSync(draft, make(), { mode: 0o600 });
    sync(draft);
    // Linked when complete, so that nobody ever reads half a file, and never in place of one that is there.
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  sync(dirname(path));
  return readFileSync(path, "utf8");
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function sync(path: string): void {
  // It syncs no folders, and no files that are open for reading.
  if (process.platform === "win32") return;
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
