import { open, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

export interface FileLockOptions {
  /** A lock older than this is abandoned whatever its owner does. */
  readonly maxAgeMs: number;
  /** Ends the waiting; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 100;
/** How long a lock may stay without its owner's name: the time between creating and writing it. */
const NAMELESS_MS = 5000;

/** Held by this very process: after a restart in a container the same pid may stand in an old lock. */
const held = new Set<string>();

/**
 * Runs `work` while holding a lock file, so that of many processes of one machine only one does it at a time. The lock of a
 * dead owner is taken over. It saves double work and no more: callers must stay correct should two ever run at once.
 */
export async function withFileLock<T>(path: string, options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  while (!(await tryLock(path))) {
    if (await isAbandoned(path, options.maxAgeMs)) await rm(path, { force: true });
    else await wait(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
  held.add(path);
  try {
    return await work();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function isAbandoned(path: string, maxAgeMs: number): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const ageMs = Date.now() - mtimeMs;
    if (ageMs > maxAgeMs) return true;
    if (text === "") return ageMs > NAMELESS_MS;
    const pid = Number(text);
    return pid === process.pid ? !held.has(path) && ageMs > NAMELESS_MS : !isAlive(pid);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
