import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError, misuse } from "./cli-error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The server's address and key, and where each came from. */
export interface Connection {
  readonly url: string;
  readonly token: string;
}

/** What the command line may say about the connection. There is no flag for the key itself: argv is public. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

export const defaultUrl = "http://localhost:8777";

/** Folder of the saved credentials: `AOD_CONFIG_DIR`, else `$XDG_CONFIG_HOME/aod`, else `~/.config/aod`. */
export function configDir(env: Env): string {
  return env["AOD_CONFIG_DIR"] || join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "aod");
}

/** The file that the server writes at its first start and the command line reads. */
export function credentialsPath(env: Env): string {
  return join(configDir(env), "credentials.json");
}

/**
 * Flags, then `AOD_API_URL` and `AOD_API_TOKEN`, then the saved credentials, then the default address.
 *
 * A saved key is only ever sent to the address it was saved with.
 *
 * @param warn Told when the credentials file can be read by other users.
 * @throws CliError when no key is found, or a file that was named cannot be read.
 */
export async function resolveConnection(
  options: ConnectionOptions,
  env: Env,
  warn: (message: string) => void = () => undefined,
): Promise<Connection> {
  const givenUrl = options.url ?? (env["AOD_API_URL"] || undefined);
  if (givenUrl !== undefined) requireHttpUrl(givenUrl, options.url === undefined ? "AOD_API_URL" : "--url");
  const givenToken =
    options.tokenFile === undefined ? env["AOD_API_TOKEN"] || undefined : await readTokenFile(options.tokenFile);
  if (givenUrl !== undefined && givenToken !== undefined) return { url: givenUrl, token: givenToken };

  const path = credentialsPath(env);
  const saved = await readCredentials(path, warn);
  const url = givenUrl ?? saved?.url ?? defaultUrl;
  const token = givenToken ?? (saved && sameServer(saved.url, url) ? saved.token : undefined);
  if (token !== undefined) return { url, token };

  throw new CliError(
    saved ? `No API key for ${url}: the saved one belongs to ${saved.url}.` : `No API key found for ${url}.`,
    {
      hint: `Set AOD_API_TOKEN, or start a server here with "aod serve --driver local": its first start saves a key in ${path}.`,
    },
  );
}

function requireHttpUrl(text: string, source: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return;
  throw misuse(`${source} is not an http or https address: ${text}`, "Give it like http://localhost:8777");
}

/** `localhost` and the loopback addresses are one place. */
function sameServer(left: string, right: string): boolean {
  return serverKey(left) === serverKey(right);
}

function serverKey(text: string): string {
  const url = new URL(text);
  const host = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname) ? "loopback" : url.hostname;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return `${url.protocol}//${host}:${port}${url.pathname.replace(/\/+$/, "")}`;
}

async function readTokenFile(path: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw misuse(`Cannot read the key file ${path}: ${(cause as Error).message}`);
  }
  if (token === "") throw misuse(`The key file ${path} is empty.`);
  return token;
}

async function readCredentials(path: string, warn: (message: string) => void): Promise<Connection | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
    const { mode } = await stat(path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      warn(`${path} can be read by other users. Run: chmod 600 ${path}`);
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CliError(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const profile = defaultProfile(text);
  if (profile) return profile;
  throw new CliError(`${path} does not have the form {"profiles":{"default":{"url":...,"token":...}}}.`, {
    hint: "Remove it, or set AOD_API_URL and AOD_API_TOKEN instead.",
  });
}

function defaultProfile(text: string): Connection | null {
  try {
    const parsed = JSON.parse(text) as { profiles?: { default?: { url?: unknown; token?: unknown } } } | null;
    const { url, token } = parsed?.profiles?.default ?? {};
    return typeof url === "string" && URL.canParse(url) && typeof token === "string" ? { url, token } : null;
  } catch {
    return null;
  }
}
