// Makes the files of a PostgreSQL cluster, or checks the ones that are there.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { StoreError } from "../store-error.ts";
import { handOver } from "./identity.ts";
import type { Identity } from "./identity.ts";
import type { Programs } from "./programs.ts";

const run = promisify(execFile);

/** PostgreSQL's own words, for an error message: they tell a full disk from a bad library. */
export function explainFailure(words: string, directory: string): StoreError {
  const last = words.trim().split("\n").slice(-4).join("\n");
  if (/No space left on device|Disk quota exceeded/i.test(words)) {
    return new StoreError(
      "disk_full",
      `No space left on the disk of ${directory}. Free some, or choose another data directory with AOD_DATA_DIR.\n${last}`,
    );
  }
  if (/has wrong ownership|Permission denied|Read-only file system/i.test(words)) {
    return new StoreError(
      "wrong_owner",
      `PostgreSQL may not use ${directory}. Fix its owner and permissions.\n${last}`,
    );
  }
  if (/incompatible with server|not compatible with this version/i.test(words)) {
    return new StoreError("wrong_version", `${directory} was made by another PostgreSQL.\n${last}`);
  }
  return new StoreError("start_failed", `PostgreSQL did not start in ${directory}:\n${last || "(it said nothing)"}`);
}

async function checkVersion(directory: string, programs: Programs): Promise<boolean> {
  const found = await readFile(join(directory, "PG_VERSION"), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) return false;
  const major = Number(found.trim());
  if (major !== programs.major) {
    throw new StoreError(
      "wrong_version",
      `${directory} was made by PostgreSQL ${major}, but ${programs.postgres} is PostgreSQL ${programs.major}. ` +
        `Start it with a PostgreSQL ${major} and copy the data over, or choose another data directory with AOD_DATA_DIR.`,
    );
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Removes what processes left that were killed in their first start. */
async function sweepUnfinished(directory: string): Promise<void> {
  const prefix = `${basename(directory)}.new-`;
  for (const name of await readdir(dirname(directory))) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (!isAlive(pid)) await rm(join(dirname(directory), name), { recursive: true, force: true });
  }
}

async function sync(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  await handle.sync().finally(() => handle.close());
}

/** @throws StoreError when the cluster is not there any more. */
export async function requireCluster(directory: string): Promise<void> {
  await stat(join(directory, "PG_VERSION")).catch((error: unknown) => {
    throw new StoreError("start_failed", `The database in ${directory} is gone. Put it back.`, error);
  });
}

/**
 * Makes sure that `directory` holds a cluster of this major version. A new one is made beside it and renamed when it is
 * complete: an `initdb` that was killed half-way would leave a directory that can never be used.
 *
 * @throws StoreError when it is of another version, of another owner, or cannot be made.
 */
export async function ensureCluster(directory: string, programs: Programs, identity: Identity): Promise<void> {
  if (await checkVersion(directory, programs)) {
    const { uid } = await stat(directory);
    if (uid === identity.uid) return;
    throw new StoreError(
      "wrong_owner",
      `${directory} belongs to uid ${uid}, but PostgreSQL runs as uid ${identity.uid}. ` +
        `Run the server as the user that made it, or fix it with: chown -R ${identity.uid}:${identity.gid} ${directory}`,
    );
  }
  await sweepUnfinished(directory);
  const fresh = `${directory}.new-${process.pid}-${randomUUID()}`;
  await mkdir(fresh, { mode: 0o700 });
  await handOver(fresh, identity);
  const locale =
    programs.major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C"];
  try {
    await run(programs.initdb, ["-D", fresh, "-A", "trust", "-U", "postgres", "-E", "UTF8", ...locale], {
      cwd: "/",
      env: { LC_ALL: "C", PATH: process.env["PATH"] },
      ...identity.credentials,
    });
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const words = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    throw explainFailure(words, directory);
  }
  try {
    await rename(fresh, directory);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another process was faster: its cluster is as good as ours.
    if (!(await checkVersion(directory, programs))) throw error;
    return;
  }
  await sync(dirname(directory));
}
