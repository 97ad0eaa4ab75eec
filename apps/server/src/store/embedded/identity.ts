// PostgreSQL refuses to run as root. Under root it runs as an unprivileged user that owns its files.
import { chmod, chown, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { StoreError } from "../store-error.ts";

/** Whom PostgreSQL runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** What `spawn` needs to become that user; empty when we are it already. */
  readonly credentials: { readonly uid?: number; readonly gid?: number };
}

const nobody = 65534;

/** Ourselves, or `nobody` when we are root. */
export function identityOf(): Identity {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  return uid === 0 && process.platform !== "win32"
    ? { uid: nobody, gid: nobody, credentials: { uid: nobody, gid: nobody } }
    : { uid, gid, credentials: {} };
}

/** Hands a directory of ours to the user that PostgreSQL runs as. */
export async function handOver(directory: string, identity: Identity): Promise<void> {
  if (identity.credentials.uid !== undefined) await chown(directory, identity.uid, identity.gid);
}

/**
 * Makes sure that the unprivileged user can pass through `directory`, which is ours, and its parents, which are not.
 *
 * @throws StoreError `wrong_owner` naming the parent that is closed.
 */
export async function openWay(directory: string, identity: Identity): Promise<void> {
  if (identity.credentials.uid === undefined) return;
  const own = await stat(directory);
  if ((own.mode & 0o001) === 0) await chmod(directory, (own.mode & 0o7777) | 0o011);
  const temporary = `${await realpath(tmpdir())}/`;
  for (let parent = dirname(directory); ; parent = dirname(parent)) {
    const { mode, uid, gid } = await stat(parent);
    const needed = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
    if ((mode & needed) === 0) {
      // What `mktemp -d` makes is closed. It is somebody's scratch folder, so it may be opened; a home may not.
      const isScratch = parent.startsWith(temporary) && uid === process.getuid?.();
      if (!isScratch) throw closedParent(parent, identity);
      await chmod(parent, (mode & 0o7777) | 0o011);
    }
    if (parent === dirname(parent)) return;
  }
}

function closedParent(parent: string, { uid }: Identity): StoreError {
  return new StoreError(
    "wrong_owner",
    `PostgreSQL cannot run as root, and the user it runs as (uid ${uid}) cannot enter ${parent}. ` +
      "Choose a data directory outside it with AOD_DATA_DIR (e.g. /var/lib/aod), run the server as another user, or set DATABASE_URL.",
  );
}
