// Where the private unix socket of a data directory is. Socket addresses are short (108 bytes on Linux, 104 on macOS).
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreError } from "../store-error.ts";
import { handOver } from "./identity.ts";
import type { Identity } from "./identity.ts";

const longestAddress = process.platform === "darwin" ? 103 : 107;
const socketName = "/.s.PGSQL.5432";

/** True when this directory is private to `identity`: anybody else could answer in PostgreSQL's place. */
async function isPrivate(directory: string, identity: Identity): Promise<boolean> {
  const found = await stat(directory).catch(() => null);
  return found?.isDirectory() === true && found.uid === identity.uid && (found.mode & 0o077) === 0;
}

async function privateDirectory(directory: string, identity: Identity): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await handOver(directory, identity);
  if (!(await isPrivate(directory, identity))) {
    const { uid } = await stat(directory);
    if (uid !== identity.uid) {
      throw new StoreError(
        "wrong_owner",
        `${directory} belongs to uid ${uid}, not to uid ${identity.uid}: remove it, or fix its owner.`,
      );
    }
    await chmod(directory, 0o700);
  }
  return directory;
}

/**
 * The socket directory of `dataDir`: inside it, or, when that path is too long for a socket, a short one under the
 * system's temporary directory that is recorded in `socket-directory`, so that every process finds the same one.
 */
export async function socketDirectory(dataDir: string, identity: Identity): Promise<string> {
  const inside = join(dataDir, "socket");
  if (Buffer.byteLength(inside + socketName) <= longestAddress) return privateDirectory(inside, identity);

  const record = join(dataDir, "socket-directory");
  const recorded = await readFile(record, "utf8").catch(() => null);
  if (recorded !== null && (await isPrivate(recorded, identity))) return recorded;
  const fresh = await mkdtemp(join(tmpdir(), "aod-"));
  await handOver(fresh, identity);
  await rm(record, { force: true });
  // The first process wins when two start at once.
  try {
    await writeFile(record, fresh, { flag: "wx", mode: 0o600 });
    return fresh;
  } catch {
    await rm(fresh, { recursive: true, force: true });
    return readFile(record, "utf8");
  }
}
