import { homedir } from "node:os";
import { join } from "node:path";
import { AodError } from "@aod/core/errors";
import { z } from "zod";

/** What a process of the server does: everything, only answer requests, or only run turns. */
export type ServerRole = "all" | "api" | "worker";

/** Whose tokens open accounts beside API keys. */
export interface OidcSettings {
  /** `AOD_OIDC_ISSUER`: its URL, exactly as its tokens name it. */
  readonly issuer: string;
  /** `AOD_OIDC_AUDIENCE`: what its tokens for this server are made out to. */
  readonly audience: string;
  /** `AOD_OIDC_SIGNUP`: a subject that is new gets an account of its own. @default false */
  readonly signup: boolean;
}

/** The settings of one server process, read and checked once at its start. */
export interface ServerEnv {
  /** `AOD_HOST`. @default "127.0.0.1" */
  readonly host: string;
  /** `AOD_PORT`; 0 picks a free one. @default 8777 */
  readonly port: number;
  /** `AOD_DATA_DIR`. @default /var/lib/aod for root, else $XDG_DATA_HOME/aod or ~/.local/share/aod */
  readonly dataDir: string;
  /** `AOD_CACHE_DIR`: installed runtimes. @default /var/cache/aod for root, else $XDG_CACHE_HOME/aod or ~/.cache/aod */
  readonly cacheDir: string;
  /** `AOD_CONFIG_DIR`: where the CLI looks for credentials. @default $XDG_CONFIG_HOME/aod or ~/.config/aod */
  readonly configDir: string;
  /** `DATABASE_URL`: a PostgreSQL (15 or newer) that somebody else runs. Without it the embedded one is used. */
  readonly databaseUrl: string | undefined;
  /** `AOD_DRIVER`: what makes sandboxes. Without one the server answers 503 to new sessions. */
  readonly driver: "local" | undefined;
  /** `AOD_ROLE`. @default "all" */
  readonly role: ServerRole;
  /** `AOD_ENCRYPTION_KEY`: 32 bytes in base64. Without it a key file in the data directory is used, and made. */
  readonly encryptionKey: string | undefined;
  /** `AOD_ENCRYPTION_KEYS_OLD`: earlier keys, separated by commas, that can still open what they sealed. */
  readonly oldEncryptionKeys: readonly string[];
  /** `AOD_MAX_CONCURRENT_SESSIONS`: pending and running sessions of one owner. @default 100 */
  readonly maxConcurrentSessions: number;
  /** `AOD_DEFAULT_TIMEOUT`: seconds that a turn may take whose request does not say. @default 600 */
  readonly defaultTimeoutSeconds: number;
  /** `AOD_RETENTION_DAYS`: how long events of finished sessions are kept; 0 keeps them for ever. @default 30 */
  readonly retentionDays: number;
  /** `AOD_SANDBOX_IDLE_DAYS`: how long the sandbox of a session waits for the next prompt; 0 keeps it for ever. @default 30 */
  readonly sandboxIdleDays: number;
  /** `AOD_REQUIRE_CREDENTIALS`: refuse a session whose runtime has no API key. @default false */
  readonly requireCredentials: boolean;
  /** `AOD_LOG_LEVEL`. @default "info" */
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** `AOD_WORKER_CONCURRENCY`: turns that this process runs at once. @default 16 */
  readonly workerConcurrency: number;
  /** `AOD_MAX_TURN_OUTPUT`: bytes that the program of one turn may write; 0 is no limit. @default 1073741824 */
  readonly maxTurnOutputBytes: number;
  /** `AOD_CORS_ORIGINS`: origins, separated by commas, whose pages may call the API; `*` for all. @default none */
  readonly corsOrigins: readonly string[];
  /** Without an issuer only API keys are accepted. */
  readonly oidc: OidcSettings | undefined;
  /**
   * `AOD_SESSION_ENV_<NAME>`: the variable `<NAME>` of every session of every owner, such as a model key or endpoint of the
   * whole deployment. An environment's own variables and a session's secrets win.
   */
  readonly sessionEnv: Readonly<Record<string, string>>;
}

/** A setting that cannot be used. The message names the variable and what is accepted, never the value of a secret. */
export class ConfigError extends AodError {
  static override readonly brand = "ConfigError";

  constructor(message: string) {
    super("invalid_config", message);
  }
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether keys may be had from here: nobody on the way can change them. */
export function isIssuerUrl(text: string): boolean {
  const { protocol, hostname } = URL.parse(text) ?? {};
  return protocol === "https:" || (protocol === "http:" && loopback.test(hostname ?? ""));
}

const whole = (fallback: number, minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum).default(fallback);

const variables = z.object({
  AOD_HOST: z.string().default("127.0.0.1"),
  AOD_PORT: whole(8777, 0, 65_535),
  AOD_DATA_DIR: z.string().optional(),
  AOD_CACHE_DIR: z.string().optional(),
  AOD_CONFIG_DIR: z.string().optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
    .optional(),
  AOD_DRIVER: z.enum(["local"]).optional(),
  AOD_ROLE: z.enum(["all", "api", "worker"]).default("all"),
  AOD_ENCRYPTION_KEY: z.string().optional(),
  AOD_ENCRYPTION_KEYS_OLD: z.string().default(""),
  AOD_MAX_CONCURRENT_SESSIONS: whole(100, 1, 1_000_000),
  AOD_DEFAULT_TIMEOUT: whole(600, 10, 3_600),
  AOD_RETENTION_DAYS: whole(30, 0, 36_500),
  AOD_SANDBOX_IDLE_DAYS: whole(30, 0, 36_500),
  AOD_REQUIRE_CREDENTIALS: z.stringbool().default(false),
  AOD_LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  AOD_WORKER_CONCURRENCY: whole(16, 1, 1_000),
  AOD_MAX_TURN_OUTPUT: whole(1 << 30, 0, Number.MAX_SAFE_INTEGER),
  AOD_CORS_ORIGINS: z.string().default(""),
  AOD_OIDC_ISSUER: z
    .string()
    .regex(/^[^\s?#@]+$/, "must have no query, no fragment and no user")
    .refine(isIssuerUrl, "must be an https:// URL, or http:// on loopback")
    .optional(),
  AOD_OIDC_AUDIENCE: z.string().optional(),
  AOD_OIDC_SIGNUP: z.stringbool().default(false),
});

function readOidc(value: z.output<typeof variables>): OidcSettings | undefined {
  const { AOD_OIDC_ISSUER: issuer, AOD_OIDC_AUDIENCE: audience, AOD_OIDC_SIGNUP: signup } = value;
  if (issuer !== undefined && audience !== undefined) return { issuer, audience, signup };
  if (issuer === audience && !signup) return undefined;
  throw new ConfigError("AOD_OIDC_ISSUER and AOD_OIDC_AUDIENCE belong together: set both, or neither.");
}

const sessionVariable = /^AOD_SESSION_ENV_([A-Za-z_][A-Za-z0-9_]*)$/;

function readSessionEnv(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([variable, value]) => {
      const name = sessionVariable.exec(variable)?.[1];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/** An empty variable means the same as a missing one: that is how compose files and shells unset them. */
function withoutEmpty(source: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ""),
  );
}

/**
 * Reads the settings from environment variables.
 *
 * @throws ConfigError naming every variable that cannot be used.
 */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): ServerEnv {
  const given = withoutEmpty(source);
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(`Settings that cannot be used:\n${problems.join("\n")}`);
  }
  const value = parsed.data;
  const isRoot = process.getuid?.() === 0;
  const home = given["HOME"] ?? homedir();
  const userFolder = (variable: string, fallback: string) => join(given[variable] ?? join(home, fallback), "aod");
  return {
    host: value.AOD_HOST,
    port: value.AOD_PORT,
    dataDir: value.AOD_DATA_DIR ?? (isRoot ? "/var/lib/aod" : userFolder("XDG_DATA_HOME", ".local/share")),
    cacheDir: value.AOD_CACHE_DIR ?? (isRoot ? "/var/cache/aod" : userFolder("XDG_CACHE_HOME", ".cache")),
    configDir: value.AOD_CONFIG_DIR ?? userFolder("XDG_CONFIG_HOME", ".config"),
    databaseUrl: value.DATABASE_URL,
    driver: value.AOD_DRIVER,
    role: value.AOD_ROLE,
    encryptionKey: value.AOD_ENCRYPTION_KEY,
    oldEncryptionKeys: value.AOD_ENCRYPTION_KEYS_OLD.split(",").filter((key) => key !== ""),
    maxConcurrentSessions: value.AOD_MAX_CONCURRENT_SESSIONS,
    defaultTimeoutSeconds: value.AOD_DEFAULT_TIMEOUT,
    retentionDays: value.AOD_RETENTION_DAYS,
    sandboxIdleDays: value.AOD_SANDBOX_IDLE_DAYS,
    requireCredentials: value.AOD_REQUIRE_CREDENTIALS,
    logLevel: value.AOD_LOG_LEVEL,
    workerConcurrency: value.AOD_WORKER_CONCURRENCY,
    maxTurnOutputBytes: value.AOD_MAX_TURN_OUTPUT,
    corsOrigins: value.AOD_CORS_ORIGINS.split(",")
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ""),
    oidc: readOidc(value),
    sessionEnv: readSessionEnv(given),
  };
}
