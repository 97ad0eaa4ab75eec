// The file that a server's first start and `aod login` write. It holds keys: 0600, and written whole or not at all.
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { CliError, misuse } from "./cli-error.ts";
import { nearest } from "./nearest.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A server and the key for it. */
export interface Profile {
  readonly url: string;
  readonly token: string;
}

/** Everything that is saved. */
export interface Credentials {
  /** The profile that is used when none is named; `default` when this is missing. */
  readonly current?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

export const defaultProfileName = "default";

/** Folder of the saved credentials: `AOD_CONFIG_DIR`, else `$XDG_CONFIG_HOME/aod`, else `~/.config/aod`. */
function configDir(env: Env): string {
  return env["AOD_CONFIG_DIR"] || join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "aod");
}

/** The file that the server writes at its first start and the command line reads. */
export function credentialsPath(env: Env): string {
  return join(configDir(env), "credentials.json");
}

/**
 * Reads the saved credentials; null when there are none.
 *
 * @param warn Told when the file can be read by other users.
 * @throws CliError when the file cannot be read or has another form.
 */
export async function readCredentials(path: string, warn: (message: string) => void): Promise<Credentials | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
    if (await isOpenToOthers(path)) warn(`${path} can be read by other users. Run: chmod 600 ${path}`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CliError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const credentials = parseCredentials(text);
  if (credentials) return credentials;
  throw new CliError(`${path} does not have the form {"profiles":{"default":{"url":...,"token":...}}}.`, {
    hint: "Remove it, or set AOD_API_URL and AOD_API_TOKEN instead.",
  });
}

/**
 * The profile of that name.
 *
 * @throws CliError (2) when there is none, with the one that was likely meant.
 */
export function findProfile(profiles: Credentials["profiles"], name: string): Profile {
  const profile = new Map(Object.entries(profiles)).get(name);
  if (profile) return profile;
  const names = Object.keys(profiles);
  const close = nearest(name, names);
  const choices =
    names.length > 0 ? `Choose one of: ${names.join(", ")}` : `Save one with: aod login --profile ${name}`;
  throw misuse(`There is no profile ${JSON.stringify(name)}.`, close === null ? choices : `Did you mean ${close}?`);
}

/** Whether other users may read the file. Windows keeps that elsewhere. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
}

/** Saves the credentials, for their owner alone; without a profile the file goes. */
export async function writeCredentials(path: string, credentials: Credentials): Promise<void> {
  try {
    if (Object.keys(credentials.profiles).length === 0) {
      await rm(path, { force: true });
      return;
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const fresh = `${path}.new-${process.pid}`;
    await writeFile(fresh, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, path);
  } catch (cause) {
    throw new CliError(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Fields that are not ours are kept: a newer version may have written them. */
function parseCredentials(text: string): Credentials | null {
  try {
    const parsed = JSON.parse(text) as Partial<Credentials> | null;
    const profiles = Object.values(parsed?.profiles ?? {}) as Partial<Profile>[];
    const whole = profiles.every(
      ({ url, token }) => typeof url === "string" && URL.canParse(url) && typeof token === "string",
    );
    return profiles.length > 0 && whole ? (parsed as Credentials) : null;
  } catch {
    return null;
  }
}
