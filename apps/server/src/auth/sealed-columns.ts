import type { McpServer } from "@aod/core";
import { sql, type SQL } from "drizzle-orm";
import { sealedField } from "../store/sealed-fields.ts";
import type { Keyring } from "./keyring.ts";
import { openMcpServers, sealMcpServers } from "./mcp-secrets.ts";

type Keys = Readonly<Record<string, string | number>>;

/** A column that holds sealed values. */
export interface SealedColumn {
  readonly table: string;
  /** The columns of its primary key. */
  readonly keys: readonly string[];
  /** What holds the sealed values, in a query. */
  readonly value: SQL;
  /** Sets the column to a new value. */
  readonly assign: (value: unknown) => SQL;
  /** Opens and seals again what the column holds. */
  readonly reseal: (keyring: Keyring, keys: Keys, value: unknown) => unknown;
}

function textColumn(table: string, column: string, keys: readonly string[], context: (row: Keys) => string) {
  const name = sql.identifier(column);
  return {
    table,
    keys,
    value: sql`${name}`,
    assign: (value: unknown) => sql`${name} = ${value}`,
    reseal: (keyring: Keyring, row: Keys, value: unknown) =>
      keyring.seal(keyring.open(value as string, context(row)), context(row)),
  };
}

function resealServers(context: (row: Keys) => string) {
  return (keyring: Keyring, row: Keys, value: unknown) => {
    const place = context(row);
    return sealMcpServers(keyring, place, openMcpServers(keyring, place, value as McpServer[]));
  };
}

function serversColumn(table: string, keys: readonly string[], context: (row: Keys) => string): SealedColumn {
  return {
    table,
    keys,
    value: sql`mcp_servers`,
    assign: (value) => sql`mcp_servers = ${JSON.stringify(value)}::jsonb`,
    reseal: resealServers(context),
  };
}

const idOf = (column: string) => (row: Keys) => String(row[column]);
const environmentId = idOf("environment_id");
const agentId = idOf("agent_id");
const id = idOf("id");
const sessionId = idOf("session_id");

/** Everything in the database that is sealed. */
export const sealedColumns: readonly SealedColumn[] = [
  textColumn("environments", "env_vars_sealed", ["id"], (row) => sealedField.environmentVariables(id(row))),
  textColumn("environment_versions", "env_vars_sealed", ["environment_id", "version"], (row) =>
    sealedField.environmentVariables(environmentId(row)),
  ),
  textColumn("sessions", "secrets_sealed", ["id"], (row) => sealedField.sessionSecrets(id(row))),
  textColumn("session_resources", "token_sealed", ["session_id", "position"], (row) =>
    sealedField.resourceToken(sessionId(row), Number(row["position"])),
  ),
  textColumn("idempotency_keys", "body", ["owner_id", "key"], (row) =>
    sealedField.storedAnswer(idOf("owner_id")(row), idOf("key")(row)),
  ),
  serversColumn("agents", ["id"], (row) => sealedField.agentMcpServers(id(row))),
  serversColumn("agent_versions", ["agent_id", "version"], (row) => sealedField.agentMcpServers(agentId(row))),
  {
    table: "sessions",
    keys: ["id"],
    value: sql`agent_snapshot -> 'mcpServers'`,
    assign: (value) => sql`agent_snapshot = jsonb_set(agent_snapshot, '{mcpServers}', ${JSON.stringify(value)}::jsonb)`,
    reseal: resealServers((row) => sealedField.sessionMcpServers(id(row))),
  },
];

/** The rows of a column in which something is sealed under one of these keys: as its whole text, or within its JSON. */
export function sealedUnder({ value }: SealedColumn, keyIds: readonly string[]): SQL {
  return sql`(${value})::text ~ ${`(^|")(${keyIds.join("|")})\\.`}`;
}
