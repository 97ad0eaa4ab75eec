// What a key that is limited to some agents may do: see and run them, and nothing else of the account.
import { DomainError } from "../../domain/domain-error.ts";
import type { Services } from "../../services.ts";
import { listAgents } from "../../store/agents.ts";
import { findSession } from "../../store/sessions.ts";
import type { Db } from "../../store/store.ts";
import type { Answer, Call, KeyedRoute } from "./face-route.ts";
import { isObject, readJson } from "./read-body.ts";

/** A call with a limited key, and the means to carry it out. */
interface LimitedCall {
  readonly db: Db;
  readonly call: Call;
  readonly agentIds: readonly string[];
  readonly next: () => Promise<Answer | null>;
}

type Rule = (limited: LimitedCall) => Promise<Answer | null>;

interface Listed {
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

/** Only those rows of a list's answer that the key may know of. */
async function keepRows(next: LimitedCall["next"], isKept: (row: Listed["data"][number]) => boolean) {
  const answer = await next();
  if (answer === null) return null;
  return { ...answer, body: { data: (answer.body as Listed).data.filter(isKept) } };
}

const listsAgents: Rule = ({ agentIds, next }) => keepRows(next, ({ id }) => agentIds.includes(id as string));

const listsSessions: Rule = ({ agentIds, next }) =>
  keepRows(next, ({ agent_id }) => agentIds.includes(agent_id as string));

const namesAgent: Rule = ({ agentIds, call, next }) => {
  if (!agentIds.includes(call.id)) throw new DomainError({ reason: "agent_not_found" });
  return next();
};

const namesSession: Rule = async ({ db, agentIds, call, next }) => {
  const session = await findSession(db, call.ownerId, call.id);
  // One that is gone passes: its route says so, or repeats the answer that it gave to its deletion.
  if (session !== null && !agentIds.includes(session.agentId ?? "")) {
    throw new DomainError({ reason: "session_not_found" });
  }
  return next();
};

/** The environments that these agents use by default: others hold variables that are none of the key's business. */
async function environmentsOf({ db, call, agentIds }: LimitedCall): Promise<ReadonlySet<unknown>> {
  const agents = await listAgents(db, call.ownerId);
  return new Set(agents.filter(({ id }) => agentIds.includes(id)).map(({ environmentId }) => environmentId));
}

const listsEnvironments: Rule = async (limited) => {
  const known = await environmentsOf(limited);
  return keepRows(limited.next, ({ id }) => known.has(id));
};

const namesEnvironment: Rule = async (limited) => {
  const known = await environmentsOf(limited);
  if (!known.has(limited.call.id)) throw new DomainError({ reason: "environment_not_found" });
  return limited.next();
};

const startsSession: Rule = async (limited) => {
  const { agentIds, call, next } = limited;
  // What is no object of texts, its route refuses.
  const body = await readJson(call.body).catch(() => null);
  const { agent_id: agent, environment_id: environment } = isObject(body) ? body : {};
  if (typeof agent === "string" && !agentIds.includes(agent.toLowerCase())) {
    throw new DomainError({ reason: "agent_not_found" });
  }
  if (typeof environment === "string" && environment !== "") {
    const known = await environmentsOf(limited);
    if (!known.has(environment.toLowerCase())) throw new DomainError({ reason: "environment_not_found" });
  }
  return next();
};

/** What is not in here is forbidden: a new route is closed to limited keys until somebody decides. */
const rules: Readonly<Record<string, Rule>> = {
  "GET /agents": listsAgents,
  "GET /agents/:id": namesAgent,
  "GET /agents/:id/versions": namesAgent,
  "GET /environments": listsEnvironments,
  "GET /environments/:id": namesEnvironment,
  "GET /environments/:id/versions": namesEnvironment,
  "POST /sessions": startsSession,
  "GET /sessions": listsSessions,
  "GET /sessions/:id": namesSession,
  "POST /sessions/:id/prompt": namesSession,
  "GET /sessions/:id/turns": namesSession,
  "GET /sessions/:id/turns/:turn/events": namesSession,
  "POST /sessions/:id/interrupt": namesSession,
  "POST /sessions/:id/terminate": namesSession,
  "DELETE /sessions/:id/delete": namesSession,
  "GET /sessions/:id/stream": namesSession,
};

/** Whether a key that is limited to some agents may ask this at all. */
export function isOpenToLimitedKeys({ method, path }: Pick<KeyedRoute, "method" | "path">): boolean {
  return `${method} ${path}` in rules;
}

/**
 * Carries out a call within what its key may do.
 *
 * @throws DomainError `api_key_limited`, or that there is no such row
 */
export async function withinScope(
  { store }: Pick<Services, "store">,
  { method, path }: KeyedRoute,
  call: Call,
  next: () => Promise<Answer | null>,
): Promise<Answer | null> {
  const { agentIds } = call;
  if (agentIds === null) return next();
  const rule = rules[`${method} ${path}`];
  if (rule === undefined) throw new DomainError({ reason: "api_key_limited" });
  return rule({ db: store.db, call, agentIds, next });
}
