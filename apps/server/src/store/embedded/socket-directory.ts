// Where the private unix socket of a data directory is. Socket addresses are short (108 bytes on Linux, 104 on macOS).
import { chmod, link, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { StoreError } from "../store-error.ts";
import { handOver } from "./identity.ts";
import type { Identity } from "./identity.ts";

const longestAddress = process.platform === "darwin" ? 103 : 107;
const socketName = "/.s.PGSQL.5432";

const isShort = (directory: string) => Buffer.byteLength(directory + socketName) <= longestAddress;

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
 * system's temporary directory, or under `/tmp` when that is too long as well. A short one is recorded in
 * `socket-directory`, so that every process finds the same one.
 */
export async function socketDirectory(dataDir: string, identity: Identity): Promise<string> {
  const inside = join(dataDir, "socket");
  if (isShort(inside)) return privateDirectory(inside, identity);

  const record = join(dataDir, "socket-directory");
  const recorded = await readFile(record, "utf8").catch(() => null);
  if (recorded !== null && (await isPrivate(recorded, identity))) return recorded;
  const name = "aod-";
  const parent = isShort(join(tmpdir(), `${name}XXXXXX`)) ? tmpdir() : "/tmp";
  const fresh = await mkdtemp(join(parent, name));
  await handOver(fresh, identity);
  if (recorded !== null) await rm(record, { force: true });
  const draft = `${record}.${basename(fresh)}`;
  await writeFile(draft, fresh, { mode: 0o600 });
  // The first process wins when several start at once. Linked, because nobody may read it half-written.
  try {
    await link(draft, record);
    return fresh;
  } catch {
    await rm(fresh, { recursive: true, force: true });
    return await readFile(record, "utf8");
  } finally {
    await rm(draft, { force: true });
  }
}
