import { randomUUID } from "node:crypto";
import type { sessionCreateSchema } from "@aod/core";
import type { z } from "zod";
import type { Keyring } from "../auth/keyring.ts";
import { openMcpServers, sealMcpServers } from "../auth/mcp-secrets.ts";
import { assertRunnable } from "../domain/agent-identity.ts";
import { DomainError } from "../domain/domain-error.ts";
import type { AgentSnapshot } from "../domain/session-spec.ts";
import { assertWithinQuota } from "../domain/session-rules.ts";
import type { Services } from "../services.ts";
import type { AgentRow } from "../store/agents.ts";
import type { EnvironmentRow } from "../store/environments.ts";
import { sealedField } from "../store/sealed-fields.ts";
import { insertSession, lockQuota } from "../store/sessions.ts";
import type { Db } from "../store/store.ts";
import { insertTurn } from "../store/turns.ts";
import { openVariables } from "./environment-variables.ts";
import { requireAgent, requireEnvironment } from "./require-row.ts";

/** A checked `POST /sessions`. */
export type NewSessionRequest = z.output<typeof sessionCreateSchema>;

/** What {@link createSession} made. */
export interface CreatedSession {
  readonly id: string;
  readonly environmentId: string | null;
}

/**
 * Makes a session with its first turn, and the job for it, all in the caller's transaction.
 *
 * @param db the transaction that it is part of
 * @throws DomainError in the wire's order: agent, environment, runtime and model, `no_driver`, `quota_reached`
 */
export async function createSession(
  db: Db,
  services: Services,
  call: { ownerId: string; request: NewSessionRequest },
): Promise<CreatedSession> {
  const { ownerId, request } = call;
  const agent = await requireUsableAgent(db, ownerId, request.agent_id);
  const environmentId = request.environment_id ?? agent.environmentId;
  const environment = environmentId === null ? null : await requireUsableEnvironment(db, ownerId, environmentId);
  assertRunnable(agent, knownVariables(services, environment, request));
  if (services.driver === null) throw new DomainError({ reason: "no_driver" });

  const quota = await lockQuota(db, ownerId);
  assertWithinQuota({ ...quota, fallback: services.env.maxConcurrentSessions });

  const id = randomUUID();
  const { keyring } = services;
  const hasSecrets = Object.keys(request.secret_env_vars).length > 0;
  await insertSession(db, {
    id,
    ownerId,
    agentId: agent.id,
    environmentId: environment?.id ?? null,
    environmentVersion: environment?.version ?? null,
    agentSnapshot: snapshotOf(keyring, agent, id),
    runtime: agent.runtime,
    provider: agent.provider,
    runtimeSessionId: randomUUID(),
    secretsSealed: hasSecrets
      ? keyring.seal(JSON.stringify(request.secret_env_vars), sealedField.sessionSecrets(id))
      : null,
    driver: services.driver.kind,
    resources: request.resources.map((resource, position) => ({
      url: resource.url,
      mountPath: resource.mount_path,
      tokenSealed:
        resource.authorization_token === null
          ? null
          : keyring.seal(resource.authorization_token, sealedField.resourceToken(id, position)),
    })),
  });
  await insertTurn(db, { sessionId: id, turn: 1, prompt: request.prompt, timeoutSeconds: request.timeout });
  await services.queue.enqueue(db, { sessionId: id, turn: 1 });
  return { id, environmentId: environment?.id ?? null };
}

async function requireUsableAgent(db: Db, ownerId: string, id: string): Promise<AgentRow> {
  const agent = await requireAgent(db, ownerId, id, "key share");
  if (agent.archivedAt !== null) throw new DomainError({ reason: "session_agent_archived" });
  return agent;
}

async function requireUsableEnvironment(db: Db, ownerId: string, id: string): Promise<EnvironmentRow> {
  const environment = await requireEnvironment(db, ownerId, id, "key share");
  if (environment.archivedAt !== null) throw new DomainError({ reason: "session_environment_archived" });
  return environment;
}

/** Every variable that the program will see; null when nobody asks, so that nothing is opened without need. */
function knownVariables(
  services: Services,
  environment: EnvironmentRow | null,
  request: NewSessionRequest,
): Readonly<Record<string, string>> | null {
  if (!services.env.requireCredentials) return null;
  const fromEnvironment = environment === null ? {} : openVariables(services.keyring, environment);
  return { ...services.env.sessionEnv, ...fromEnvironment, ...request.secret_env_vars };
}

function snapshotOf(keyring: Keyring, agent: AgentRow, sessionId: string): AgentSnapshot {
  const { version, name, model, runtime, provider, system, skills, command } = agent;
  const opened = openMcpServers(keyring, sealedField.agentMcpServers(agent.id), agent.mcpServers);
  const mcpServers = sealMcpServers(keyring, sealedField.sessionMcpServers(sessionId), opened);
  return { version, name, model, runtime, provider, system, skills, mcpServers, command };
}
