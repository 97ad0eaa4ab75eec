// Where the server's keys come from, and whether they are the ones that the database was written with.
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { readOrMakeFile } from "../data-file.ts";
import { ConfigError } from "../env.ts";
import type { ServerEnv } from "../env.ts";
import { sealingKeys } from "../store/schema.ts";
import { toStoreError } from "../store/store-error.ts";
import type { Db } from "../store/store.ts";
import { createKey, createKeyring, parseKey } from "./keyring.ts";
import type { Keyring } from "./keyring.ts";
import { sealedColumns, sealedUnder } from "./sealed-columns.ts";

const howToMake = "Make one with: openssl rand -base64 32";

/** The key file of a data directory, made on first use. */
function readKeyFile(dataDir: string): Buffer {
  const path = join(dataDir, "encryption-key");
  const text = readOrMake(path, dataDir);
  const key = parseKey(text);
  if (key === null) {
    throw new ConfigError(
      `The key file ${path} does not hold 32 bytes in base64. Put back the right file: what was sealed with it cannot be read without it.`,
    );
  }
  return key;
}

function readOrMake(path: string, dataDir: string): string {
  try {
    return readOrMakeFile(path, () => `${createKey()}\n`);
  } catch (error) {
    throw toStoreError(error, dataDir);
  }
}

/**
 * The keys of `AOD_ENCRYPTION_KEY` and `AOD_ENCRYPTION_KEYS_OLD`, or of the data directory's key file (0600).
 *
 * @throws ConfigError when one of them is not a key.
 */
export function loadKeyring(env: Pick<ServerEnv, "dataDir" | "encryptionKey" | "oldEncryptionKeys">): Keyring {
  const given = env.encryptionKey === undefined ? null : parseKey(env.encryptionKey);
  if (env.encryptionKey !== undefined && given === null) {
    throw new ConfigError(`AOD_ENCRYPTION_KEY is not 32 bytes in base64. ${howToMake}`);
  }
  const old = env.oldEncryptionKeys.map((text, index) => {
    const key = parseKey(text);
    if (key === null) throw new ConfigError(`Key ${index + 1} of AOD_ENCRYPTION_KEYS_OLD is not 32 bytes in base64.`);
    return key;
  });
  return createKeyring([given ?? readKeyFile(env.dataDir), ...old]);
}

/** How many values of the database are sealed under a key. */
export async function countSealedUnder(db: Db, keyId: string): Promise<number> {
  const counts = sealedColumns.map((column) => {
    const rows = sql`select count(*) from ${sql.identifier(column.table)} where ${sealedUnder(column, [keyId])}`;
    return sql`(${rows})`;
  });
  const { rows } = await db.execute<{ count: number }>(sql`select (${sql.join(counts, sql` + `)})::int as count`);
  return rows[0]?.count ?? 0;
}

/**
 * Compares the keys with those that the database was sealed under, and remembers the current one.
 *
 * @throws ConfigError when something is sealed under a key that is not here.
 */
export async function checkKeyring(db: Db, keyring: Keyring): Promise<void> {
  const known = await db.select({ keyId: sealingKeys.keyId }).from(sealingKeys);
  for (const { keyId } of known) {
    if (keyring.keyIds.includes(keyId)) continue;
    const count = await countSealedUnder(db, keyId);
    if (count > 0) {
      throw new ConfigError(
        `${count} secrets in the database are sealed under the key ${keyId}, but this server's key is ${keyring.keyId}. ` +
          "Start it with the right AOD_ENCRYPTION_KEY or key file, or add the earlier key to AOD_ENCRYPTION_KEYS_OLD.",
      );
    }
    await db.delete(sealingKeys).where(sql`${sealingKeys.keyId} = ${keyId}`);
  }
  await db.insert(sealingKeys).values({ keyId: keyring.keyId }).onConflictDoNothing();
}
