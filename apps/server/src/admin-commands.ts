import { linkOwner, unlinkOwner } from "./auth/identities.ts";
import { checkKeyring, loadKeyring } from "./auth/load-keyring.ts";
import { createKeyOfOwner, createOwner, limitOwner } from "./auth/owners.ts";
import { reseal } from "./auth/reseal.ts";
import { ConfigError } from "./env.ts";
import type { ServerEnv } from "./env.ts";
import { openStore } from "./store/open-store.ts";
import type { Db } from "./store/store.ts";

/** What an operator asks of a database, beside running a server on it. */
export interface AdminCall {
  readonly db: Db;
  readonly env: ServerEnv;
  /** What follows the command's words. */
  readonly names: readonly string[];
  readonly options: Readonly<{ [option in AdminOption]?: string | undefined }>;
}

/** Options that only some commands take. */
export const adminOptions = ["max-sessions", "name"] as const;
type AdminOption = (typeof adminOptions)[number];

/** What a command did, for a program and for a person. */
interface Outcome {
  readonly json: object;
  readonly text: string;
}

interface AdminCommand {
  /** How many names follow its words. */
  readonly names: number;
  readonly options: readonly AdminOption[];
  run(call: AdminCall): Promise<Outcome>;
}

const mostSessions = 1_000_000;

/** @throws ConfigError for what is no limit */
function parseLimit(text: string | undefined): number | null {
  if (text === undefined || text === "default") return null;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= mostSessions) return limit;
  throw new ConfigError(`A limit of sessions is a number from 1 to ${mostSessions}, or default.`);
}

const keyOf = (owner: string, key: string) => `API key of the owner ${JSON.stringify(owner)}, shown only now: ${key}\n`;

const adminCommands: Readonly<Record<string, AdminCommand>> = {
  "owners create": {
    names: 1,
    options: ["max-sessions"],
    async run({ db, names: [owner = ""], options }) {
      const { ownerId, key } = await createOwner(db, owner, parseLimit(options["max-sessions"]));
      return { json: { event: "owner_created", owner, id: ownerId, key: key.key }, text: keyOf(owner, key.key) };
    },
  },
  "owners limit": {
    names: 2,
    options: [],
    async run({ db, names: [owner = "", text] }) {
      const limit = parseLimit(text);
      await limitOwner(db, owner, limit);
      const said = limit === null ? "as many sessions at once as this deployment allows" : `${limit} sessions at once`;
      return {
        json: { event: "owner_limited", owner, max_sessions: limit },
        text: `The owner ${JSON.stringify(owner)} may have ${said}.\n`,
      };
    },
  },
  "owners link": {
    names: 3,
    options: [],
    async run({ db, names: [owner = "", issuer = "", subject = ""] }) {
      await linkOwner(db, owner, { issuer, subject });
      return {
        json: { event: "owner_linked", owner, issuer, subject },
        text: `Tokens of ${issuer} for ${JSON.stringify(subject)} open the account of ${JSON.stringify(owner)}.\n`,
      };
    },
  },
  "owners unlink": {
    names: 2,
    options: [],
    async run({ db, names: [issuer = "", subject = ""] }) {
      await unlinkOwner(db, { issuer, subject });
      return {
        json: { event: "owner_unlinked", issuer, subject },
        text: `Tokens of ${issuer} for ${JSON.stringify(subject)} open no account any more.\n`,
      };
    },
  },
  "keys create": {
    names: 1,
    options: ["name"],
    async run({ db, names: [owner = ""], options: { name = "aod-server" } }) {
      const { id, key } = await createKeyOfOwner(db, owner, name);
      return { json: { event: "key_created", owner, id, key }, text: keyOf(owner, key) };
    },
  },
  "keys reseal": {
    names: 0,
    options: [],
    async run({ db, env }) {
      const keyring = loadKeyring(env);
      await checkKeyring(db, keyring);
      const { rows, unneeded } = await reseal(db, keyring);
      const done = `${rows} rows were sealed again, under the key ${keyring.keyId}.`;
      const lines = [done, ...unneeded.map((keyId) => `The key ${keyId} is no longer needed.`)];
      return { json: { event: "resealed", rows, key: keyring.keyId, unneeded }, text: `${lines.join("\n")}\n` };
    },
  },
};

/** The command that these words name, or null when they name none. */
export function findAdminCommand(
  positionals: readonly string[],
): { readonly command: AdminCommand; readonly names: readonly string[] } | null {
  const [noun, verb, ...names] = positionals;
  const command = adminCommands[`${noun} ${verb}`];
  return command === undefined || command.names !== names.length ? null : { command, names };
}

/** Runs a command on the database that the settings name, also beside a running server. */
export async function runAdminCommand(
  { command, names }: { command: AdminCommand; names: readonly string[] },
  { env, options }: Pick<AdminCall, "env" | "options">,
): Promise<Outcome> {
  const store = await openStore({ databaseUrl: env.databaseUrl, dataDir: env.dataDir, poolSize: 2 });
  try {
    return await command.run({ db: store.db, env, names, options });
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
