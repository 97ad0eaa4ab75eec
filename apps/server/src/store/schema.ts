// The one schema of the one engine (PostgreSQL). Migrations are generated from this file by `drizzle-kit generate`.
import type {
  AgentDialect,
  AgentResult,
  AgentUsage,
  McpServer,
  Networking,
  Packages,
  SessionStatus,
  Skill,
  TurnStatus,
} from "@aod/core";
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { AgentSnapshot } from "../domain/session-spec.ts";

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 6 });
const createdAt = () => time("created_at").notNull().defaultNow();
const updatedAt = () => time("updated_at").notNull().defaultNow();

/** An account: every other row belongs to one, and every query is scoped by it. */
export const owners = pgTable("owners", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull().unique(),
  /** null and 0 both mean the deployment's default. */
  maxConcurrentSessions: integer("max_concurrent_sessions"),
  createdAt: createdAt(),
});

/** Whom an OpenID Connect issuer calls what, and the account that it opens. */
export const identities = pgTable(
  "identities",
  {
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
);

export const apiKeys = pgTable("api_keys", {
  id: uuid("id").primaryKey(),
  ownerId: uuid("owner_id")
    .notNull()
    .references(() => owners.id, { onDelete: "cascade" }),
  name: text("name").notNull(),
  /** First 12 characters of the key, to recognise it by. */
  prefix: text("prefix").notNull(),
  /** SHA-256 of the whole key, hex. The key itself is never stored. */
  hash: text("hash").notNull().unique(),
  isActive: boolean("is_active").notNull().default(true),
  expiresAt: time("expires_at"),
  /** Ids of the agents that it is limited to; null for the whole account. */
  agentIds: jsonb("agent_ids").$type<readonly string[]>(),
  createdAt: createdAt(),
});

const agentFields = {
  name: text("name").notNull(),
  model: text("model").notNull(),
  runtime: text("runtime").notNull(),
  provider: text("provider").notNull(),
  /** Which discriminator the last writer used: decides the check rules and the form of `model`. */
  dialect: text("dialect").$type<AgentDialect>().notNull(),
  system: text("system").notNull().default(""),
  description: text("description").notNull().default(""),
  skills: jsonb("skills").$type<readonly Skill[]>().notNull().default([]),
  mcpServers: jsonb("mcp_servers").$type<readonly McpServer[]>().notNull().default([]),
  metadata: jsonb("metadata").$type<Readonly<Record<string, unknown>>>().notNull().default({}),
  /** The argv of the `command` runtime; null elsewhere and for its default. */
  command: jsonb("command").$type<readonly string[]>(),
};

export const agents = pgTable(
  "agents",
  {
    id: uuid("id").primaryKey(),
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    ...agentFields,
    environmentId: uuid("environment_id").references(() => environments.id, { onDelete: "set null" }),
    version: integer("version").notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    archivedAt: time("archived_at"),
  },
  (table) => [index("agents_owner_created").on(table.ownerId, table.createdAt.desc())],
);

export const agentVersions = pgTable(
  "agent_versions",
  {
    agentId: uuid("agent_id")
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    ...agentFields,
    /** History keeps the id even when the environment is deleted, so there is no foreign key. */
    environmentId: uuid("environment_id"),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.agentId, table.version] })],
);

const environmentFields = {
  name: text("name").notNull(),
  packages: jsonb("packages").$type<Packages>().notNull().default({}),
  /** Sealed JSON object of string to string; see auth/keyring. */
  envVarsSealed: text("env_vars_sealed").notNull(),
  setupScript: text("setup_script").notNull().default(""),
  networking: jsonb("networking").$type<Networking>().notNull(),
};

export const environments = pgTable(
  "environments",
  {
    id: uuid("id").primaryKey(),
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    ...environmentFields,
    version: integer("version").notNull().default(1),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    archivedAt: time("archived_at"),
  },
  (table) => [
    index("environments_owner_created").on(table.ownerId, table.createdAt.desc()),
    uniqueIndex("environments_active_name")
      .on(table.ownerId, table.name)
      .where(sql`archived_at is null`),
  ],
);

export const environmentVersions = pgTable(
  "environment_versions",
  {
    environmentId: uuid("environment_id")
      .notNull()
      .references(() => environments.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    ...environmentFields,
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.environmentId, table.version] })],
);

export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    agentId: uuid("agent_id").references(() => agents.id, { onDelete: "set null" }),
    environmentId: uuid("environment_id").references(() => environments.id, { onDelete: "restrict" }),
    /** The version of the environment that prepares it: later ones never reach this session. */
    environmentVersion: integer("environment_version"),
    /** What this session runs, frozen at create: the agent's fields (see domain/session-spec). */
    agentSnapshot: jsonb("agent_snapshot").$type<AgentSnapshot>().notNull(),
    runtime: text("runtime").notNull(),
    provider: text("provider").notNull(),
    /** pending | running | completed | failed | terminated */
    status: text("status").$type<SessionStatus>().notNull(),
    exitCode: integer("exit_code"),
    /** The turn that prepares the sandbox and begins the conversation: above 1 when those before were interrupted too early. */
    firstTurn: integer("first_turn").notNull().default(1),
    /** The conversation id handed to runtimes that take one; made at create. */
    runtimeSessionId: uuid("runtime_session_id").notNull(),
    /** Sealed JSON object of string to string. */
    secretsSealed: text("secrets_sealed"),
    driver: text("driver").notNull(),
    /** The driver's own reference; null before create and after the sandbox is gone. */
    sandboxRef: text("sandbox_ref"),
    /** Highest seq in the log; 0 when empty. Given out under this row's lock. */
    lastSeq: bigint("last_seq", { mode: "number" }).notNull().default(0),
    /** How many events the running digest covers (terminal events are not counted). */
    eventCount: bigint("event_count", { mode: "number" }).notNull().default(0),
    /** Saved state of the running SHA-256 over the stored bytes; see core/digest. */
    digestState: text("digest_state").notNull().default(""),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("sessions_owner_created").on(table.ownerId, table.createdAt.desc()),
    index("sessions_owner_active")
      .on(table.ownerId)
      .where(sql`status in ('pending', 'running')`),
    index("sessions_environment").on(table.environmentId),
  ],
);

export const sessionResources = pgTable(
  "session_resources",
  {
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    position: integer("position").notNull(),
    url: text("url").notNull(),
    mountPath: text("mount_path").notNull(),
    tokenSealed: text("token_sealed"),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.position] })],
);

export const turns = pgTable(
  "turns",
  {
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    turn: integer("turn").notNull(),
    prompt: text("prompt").notNull(),
    timeoutSeconds: integer("timeout_seconds").notNull(),
    /** pending | running | completed | failed */
    status: text("status").$type<TurnStatus>().notNull(),
    exitCode: integer("exit_code"),
    /** The fencing token: incremented whenever a worker starts or adopts the turn. */
    attempt: integer("attempt").notNull().default(0),
    /** `<host id>:<pid>:<process start>` of the worker that holds the lease. */
    workerId: text("worker_id"),
    /** The machine whose worker can reach the sandbox; null when any can. */
    hostId: text("host_id"),
    leaseUntil: time("lease_until"),
    /** How much of the supervisor's spool is already in the log, in bytes. Moves in the append's transaction. */
    spoolOffset: bigint("spool_offset", { mode: "number" }).notNull().default(0),
    /** When its owner asked to interrupt it; kept here because the message to its worker can be lost. */
    interruptRequestedAt: time("interrupt_requested_at"),
    /** success | failure | interrupted; null until it is over. Decoded, as everything down to `tools`. */
    verdict: text("verdict").$type<AgentResult["verdict"]>(),
    /** The final answer. */
    resultText: text("result_text"),
    /** Token counts as `AgentUsage` has them. */
    usage: jsonb("usage").$type<AgentUsage>(),
    /** US dollars. */
    costUsd: doublePrecision("cost_usd"),
    /** The model that the runtime says it uses. */
    model: text("model"),
    toolCalls: integer("tool_calls"),
    /** `[{"name","calls"}]` in the order of first use. */
    tools: jsonb("tools").$type<readonly { readonly name: string; readonly calls: number }[]>(),
    createdAt: createdAt(),
    startedAt: time("started_at"),
    endedAt: time("ended_at"),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.turn] }),
    uniqueIndex("turns_one_active")
      .on(table.sessionId)
      .where(sql`status in ('pending', 'running')`),
    index("turns_leases")
      .on(table.leaseUntil)
      .where(sql`status = 'running'`),
  ],
);

export const events = pgTable(
  "events",
  {
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    seq: bigint("seq", { mode: "number" }).notNull(),
    turn: integer("turn"),
    /** A terminal event; superseded, and skipped by readers, once a later event exists. */
    terminal: boolean("terminal").notNull().default(false),
    /** The one line of JSON that is sent, byte for byte. */
    data: text("data").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.seq] })],
);

/** What a turn's output means, beside the output itself: written with it, and decoded again from it by whoever adopts the turn. */
export const agentEvents = pgTable(
  "agent_events",
  {
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    turn: integer("turn").notNull(),
    /** Starts at 1, gapless. */
    position: integer("position").notNull(),
    /** An `AgentEvent` as one line of JSON. */
    data: text("data").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.turn, table.position] })],
);

/** Answers to requests that carried an Idempotency-Key; swept after 24 hours. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    ownerId: uuid("owner_id")
      .notNull()
      .references(() => owners.id, { onDelete: "cascade" }),
    key: text("key").notNull(),
    /** SHA-256 of method, path and body, hex: the same key with another request is refused. */
    requestHash: text("request_hash").notNull(),
    /** null while the first request is still being worked on. */
    status: integer("status"),
    body: text("body"),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.ownerId, table.key] })],
);

/** Every key that something was sealed under, so that a server with the wrong key says so at its start. */
export const sealingKeys = pgTable("sealing_keys", {
  keyId: text("key_id").primaryKey(),
  createdAt: createdAt(),
});

/** One row, made at first use: tells this database from any other that a machine may have worked for. */
export const databaseName = pgTable("database_name", {
  isOnly: boolean("is_only").primaryKey().default(true),
  name: text("name").notNull(),
});
