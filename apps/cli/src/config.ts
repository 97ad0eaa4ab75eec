import { readFile } from "node:fs/promises";
import { CliError, misuse } from "./cli-error.ts";
import { credentialsPath, defaultProfileName, findProfile, readCredentials } from "./credentials.ts";
import type { Credentials, Profile } from "./credentials.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Where a key was found. */
export type KeySource =
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "variable" }
  | { readonly type: "profile"; readonly name: string };

/** The server's address and key. */
export interface Connection extends Profile {
  readonly keySource: KeySource;
}

/** What the command line may say about the connection. There is no flag for the key itself: argv is public. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  /** Name of a saved server. */
  readonly profile?: string;
}

export const defaultUrl = "http://localhost:8777";

/** What is known about the server to use. */
export interface Target {
  readonly url: string;
  /** Missing when there is none for this address. */
  readonly key: { readonly token: string; readonly source: KeySource } | undefined;
  /** The saved profile that was looked at. */
  readonly saved: Profile | undefined;
}

/**
 * Flags, then `AOD_API_URL` and `AOD_API_TOKEN`, then the saved profile, then the default address.
 *
 * A saved key is only ever sent to the address it was saved with.
 *
 * @param warn Told when the credentials file can be read by other users.
 * @throws CliError when no key is found, or a file or profile that was named cannot be read.
 */
export async function resolveConnection(
  options: ConnectionOptions,
  env: Env,
  warn: (message: string) => void = () => undefined,
): Promise<Connection> {
  const { url, key, saved } = await resolveTarget(options, env, warn);
  if (key) return { url, token: key.token, keySource: key.source };
  throw new CliError(
    saved ? `No API key for ${url}: the saved one belongs to ${saved.url}.` : `No API key found for ${url}.`,
    {
      hint: `Save one with "aod login", set AOD_API_TOKEN, or start a server here with "aod serve --driver local": its first start saves a key in ${credentialsPath(env)}.`,
    },
  );
}

/**
 * As {@link resolveConnection}, but a missing key is no error.
 *
 * @throws CliError when a file or profile that was named cannot be read.
 */
export async function resolveTarget(
  options: ConnectionOptions,
  env: Env,
  warn: (message: string) => void = () => undefined,
): Promise<Target> {
  // A profile that is named for this one command is meant, whatever the shell's variables say.
  const variables = options.profile === undefined ? env : {};
  const givenUrl = options.url ?? (variables["AOD_API_URL"] || undefined);
  if (givenUrl !== undefined) requireHttpUrl(givenUrl, options.url === undefined ? "AOD_API_URL" : "--url");
  const givenKey = await findGivenKey(options, variables);
  if (givenUrl !== undefined && givenKey) return { url: givenUrl, key: givenKey, saved: undefined };

  const credentials = await readCredentials(credentialsPath(env), warn);
  const { name, profile: saved } = chooseProfile(credentials, options.profile ?? (env["AOD_PROFILE"] || undefined));
  const url = givenUrl ?? saved?.url ?? defaultUrl;
  const savedKey =
    saved && sameServer(saved.url, url)
      ? { token: saved.token, source: { type: "profile", name } as const }
      : undefined;
  return { url, key: givenKey ?? savedKey, saved };
}

/** The key that a flag or a variable names. */
async function findGivenKey({ tokenFile: path }: ConnectionOptions, variables: Env): Promise<Target["key"]> {
  if (path !== undefined) return { token: await readTokenFile(path), source: { type: "file", path } };
  const token = variables["AOD_API_TOKEN"];
  return token ? { token, source: { type: "variable" } } : undefined;
}

/** The variables that keep the current profile from being used. */
export function variablesOver(name: string, { url, token }: Profile, env: Env): string[] {
  const wins: Readonly<Record<string, (value: string) => boolean>> = {
    AOD_API_URL: (value) => !URL.canParse(value) || !sameServer(value, url),
    AOD_API_TOKEN: (value) => value !== token,
    AOD_PROFILE: (value) => value !== name,
  };
  return Object.entries(wins).flatMap(([variable, isOther]) => {
    const value = env[variable];
    return value && isOther(value) ? [variable] : [];
  });
}

/** Whether an address is this machine's own. */
export function isLocal(url: string): boolean {
  return isLoopback(new URL(url).hostname);
}

/**
 * The saved profile of that name, or the current one.
 *
 * @throws CliError when a profile was named, here or by `aod profiles use`, that does not exist.
 */
function chooseProfile(
  credentials: Credentials | null,
  named: string | undefined,
): { readonly name: string; readonly profile: Profile | undefined } {
  const wanted = named ?? credentials?.current;
  const profiles = credentials?.profiles ?? {};
  if (wanted !== undefined) return { name: wanted, profile: findProfile(profiles, wanted) };
  return { name: defaultProfileName, profile: profiles[defaultProfileName] };
}

/** @throws CliError (2) naming `source` when the text is no http or https address. */
export function requireHttpUrl(text: string, source: string): void {
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
  const host = isLoopback(url.hostname) ? "loopback" : url.hostname;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return `${url.protocol}//${host}:${port}${url.pathname.replace(/\/+$/, "")}`;
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}

/** The key in a file. */
export async function readTokenFile(path: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw misuse(`Cannot read the key file ${path}: ${(cause as Error).message}`);
  }
  if (token === "") throw misuse(`The key file ${path} is empty.`);
  return token;
}
