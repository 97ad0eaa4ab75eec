import { sql } from "drizzle-orm";
import { sealingKeys } from "../store/schema.ts";
import type { Db } from "../store/store.ts";
import type { Keyring } from "./keyring.ts";
import { countSealedUnder } from "./load-keyring.ts";
import { sealedColumns, sealedUnder, type SealedColumn } from "./sealed-columns.ts";

const rowsAtOnce = 100;

/** What {@link reseal} did. */
export interface Resealed {
  /** Rows that were written. */
  readonly rows: number;
  /** Earlier keys under which nothing is sealed any more. */
  readonly unneeded: readonly string[];
}

type Row = Record<string, string | number>;

/**
 * Seals everything that was sealed under earlier keys under the current one, in transactions of some rows each. May be
 * repeated, and run beside a server.
 *
 * @throws SealError when an earlier key is not in the keyring; what was done until then stays
 */
export async function reseal(db: Db, keyring: Keyring): Promise<Resealed> {
  const known = await db.select({ keyId: sealingKeys.keyId }).from(sealingKeys);
  const earlier = known.map(({ keyId }) => keyId).filter((keyId) => keyId !== keyring.keyId);
  if (earlier.length === 0) return { rows: 0, unneeded: [] };
  let rows = 0;
  for (const column of sealedColumns) rows += await resealColumn(db, keyring, column, earlier);
  const unneeded: string[] = [];
  for (const keyId of earlier) if ((await countSealedUnder(db, keyId)) === 0) unneeded.push(keyId);
  return { rows, unneeded };
}

async function resealColumn(db: Db, keyring: Keyring, column: SealedColumn, keyIds: string[]): Promise<number> {
  const table = sql.identifier(column.table);
  const keys = sql.join(
    column.keys.map((key) => sql.identifier(key)),
    sql`, `,
  );
  const found = await db.execute<Row>(sql`select ${keys} from ${table} where ${sealedUnder(column, keyIds)}`);
  let written = 0;
  for (let start = 0; start < found.rows.length; start += rowsAtOnce) {
    const batch = found.rows.slice(start, start + rowsAtOnce);
    await db.transaction(async (transaction) => {
      for (const row of batch) written += await resealRow(transaction, keyring, column, row);
    });
  }
  return written;
}

async function resealRow(db: Db, keyring: Keyring, column: SealedColumn, row: Row): Promise<number> {
  const table = sql.identifier(column.table);
  const same = sql.join(
    column.keys.map((key) => sql`${sql.identifier(key)} = ${row[key]}`),
    sql` and `,
  );
  const { rows } = await db.execute<{ value: unknown }>(
    sql`select ${column.value} as value from ${table} where ${same} for update`,
  );
  const value = rows[0]?.value ?? null;
  if (value === null) return 0;
  await db.execute(sql`update ${table} set ${column.assign(column.reseal(keyring, row, value))} where ${same}`);
  return 1;
}
