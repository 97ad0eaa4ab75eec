// The file that the command line reads. A key is shown once, so what is in it is never thrown away.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Db } from "../store/store.ts";
import { findApiKey } from "./api-keys.ts";

interface Profile {
  readonly url: string;
  readonly token: string;
}

interface Credentials {
  readonly profiles?: Readonly<Record<string, Profile>>;
}

const credentialsPath = (configDir: string) => join(configDir, "credentials.json");

async function read(configDir: string): Promise<Credentials> {
  const text = await readFile(credentialsPath(configDir), "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
    throw error;
  });
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}

async function write(configDir: string, credentials: Credentials): Promise<string> {
  const path = credentialsPath(configDir);
  await mkdir(configDir, { recursive: true, mode: 0o700 });
  const fresh = `${path}.new-${process.pid}`;
  await writeFile(fresh, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, path);
  return path;
}

/**
 * Makes `profile` the default one. An earlier default is kept under the name of its host.
 *
 * @returns the file's path.
 * @throws when the file cannot be read or written.
 */
export async function saveCredentials(configDir: string, profile: Profile): Promise<string> {
  const credentials = await read(configDir);
  const { default: earlier, ...others } = credentials.profiles ?? {};
  const kept =
    earlier === undefined ? {} : { [URL.canParse(earlier.url) ? new URL(earlier.url).host : "earlier"]: earlier };
  return write(configDir, { ...credentials, profiles: { ...others, ...kept, default: profile } });
}

/** A server on a busy machine is one that answers. */
const answerWithinMs = 5_000;

/** What became of a default profile that has a key of this database, but another address. */
export interface OtherAddress {
  readonly savedUrl: string;
  /** False when a server still answers there: that is the one whose address was saved. */
  readonly moved: boolean;
}

/**
 * When the default profile's key is one of this database's, but was saved for another address where no server answers any
 * more, saves this one.
 *
 * @returns null when there was nothing to decide.
 */
export async function refreshCredentials(db: Db, configDir: string, url: string): Promise<OtherAddress | null> {
  const credentials = await read(configDir);
  const profile = credentials.profiles?.["default"];
  if (profile === undefined || profile.url === url || typeof profile.token !== "string") return null;
  if ((await findApiKey(db, profile.token)).status !== "valid") return null;
  if (await isServerAt(profile.url)) return { savedUrl: profile.url, moved: false };
  await write(configDir, { ...credentials, profiles: { ...credentials.profiles, default: { ...profile, url } } });
  return { savedUrl: profile.url, moved: true };
}

async function isServerAt(url: string): Promise<boolean> {
  try {
    const health = await fetch(`${url.replace(/\/+$/, "")}/health`, { signal: AbortSignal.timeout(answerWithinMs) });
    await health.body?.cancel();
    // A server whose database fails says 503, and is still the one that is meant.
    return health.ok || health.status === 503;
  } catch {
    return false;
  }
}
