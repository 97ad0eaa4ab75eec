import type { AgentDialect, McpServer, Skill } from "@aod/core";
import { and, desc, eq, getTableColumns, isNull, sql } from "drizzle-orm";
import { isoTime } from "./iso-time.ts";
import { onlyRow } from "./only-row.ts";
import { agents, agentVersions } from "./schema.ts";
import type { Db } from "./store.ts";

/** What a version of an agent consists of. */
export interface AgentFields {
  readonly name: string;
  readonly dialect: AgentDialect;
  readonly runtime: string;
  readonly provider: string;
  readonly model: string;
  readonly system: string;
  readonly description: string;
  readonly skills: readonly Skill[];
  readonly mcpServers: readonly McpServer[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly command: readonly string[] | null;
  readonly environmentId: string | null;
}

/** One version; `id` is the agent's. Times as {@link isoTime} writes them. */
export interface AgentVersionRow extends AgentFields {
  readonly id: string;
  readonly version: number;
  readonly createdAt: string;
}

export interface AgentRow extends AgentVersionRow {
  readonly updatedAt: string;
  readonly archivedAt: string | null;
}

const columns = {
  ...getTableColumns(agents),
  createdAt: isoTime(agents.createdAt),
  updatedAt: isoTime(agents.updatedAt),
  archivedAt: isoTime(agents.archivedAt),
};

const own = (ownerId: string, id: string) => and(eq(agents.ownerId, ownerId), eq(agents.id, id));

/** The owner's agents that are not archived, newest first. */
export async function listAgents(db: Db, ownerId: string): Promise<AgentRow[]> {
  return db
    .select(columns)
    .from(agents)
    .where(and(eq(agents.ownerId, ownerId), isNull(agents.archivedAt)))
    .orderBy(desc(agents.createdAt), desc(agents.id));
}

/** @param lock keeps the row as it is (`update`) or from being deleted (`key share`) until the transaction ends */
export async function findAgent(
  db: Db,
  ownerId: string,
  id: string,
  lock?: "update" | "key share",
): Promise<AgentRow | null> {
  const query = db.select(columns).from(agents).where(own(ownerId, id));
  const [row] = await (lock === undefined ? query : query.for(lock));
  return row ?? null;
}

/** Stores the agent and its first version. */
export async function insertAgent(db: Db, agent: AgentFields & { id: string; ownerId: string }): Promise<AgentRow> {
  const row = onlyRow(await db.insert(agents).values(agent).returning(columns));
  await insertVersion(db, agent, 1);
  return row;
}

/** Stores the next version. The caller holds the row's lock. */
export async function storeAgentVersion(
  db: Db,
  ownerId: string,
  agent: AgentFields & { id: string; version: number },
): Promise<AgentRow> {
  const row = onlyRow(
    await db
      .update(agents)
      .set({ ...agent, updatedAt: sql`now()` })
      .where(own(ownerId, agent.id))
      .returning(columns),
  );
  await insertVersion(db, agent, agent.version);
  return row;
}

async function insertVersion(db: Db, agent: AgentFields & { id: string }, version: number): Promise<void> {
  const { id, ...fields } = agent;
  await db.insert(agentVersions).values({ ...fields, agentId: id, version });
}

/** Hides the agent from lists for good. */
export async function archiveAgent(db: Db, ownerId: string, id: string): Promise<AgentRow> {
  return onlyRow(
    await db
      .update(agents)
      .set({ archivedAt: sql`now()`, updatedAt: sql`now()` })
      .where(own(ownerId, id))
      .returning(columns),
  );
}

/** Highest version first. The agent must be the owner's. */
export async function listAgentVersions(db: Db, ownerId: string, id: string): Promise<AgentVersionRow[]> {
  return db
    .select({
      ...getTableColumns(agentVersions),
      id: agentVersions.agentId,
      createdAt: isoTime(agentVersions.createdAt),
    })
    .from(agentVersions)
    .innerJoin(agents, eq(agents.id, agentVersions.agentId))
    .where(own(ownerId, id))
    .orderBy(desc(agentVersions.version));
}
