import type { Networking } from "@aod/core";
import { and, asc, eq, sql } from "drizzle-orm";
import { openMcpServers } from "../auth/mcp-secrets.ts";
import type { AgentSnapshot } from "../domain/session-spec.ts";
import { runtimeFor, type Runtime } from "../runtimes/index.ts";
import type { EgressPolicy } from "../sandboxes/sandbox-driver.ts";
import type { Services } from "../services.ts";
import { environmentVersions, sessionResources, sessions, turns } from "../store/schema.ts";
import { sealedField } from "../store/sealed-fields.ts";
import type { ProvisionRequest } from "./provision/index.ts";

/** What a worker needs to know of a session, secrets opened. Kept in memory only, and only while it is needed. */
export interface SessionWork {
  readonly agent: AgentSnapshot;
  readonly runtime: Runtime;
  readonly conversationId: string;
  readonly sandboxRef: string | null;
  /** The turn that prepares the sandbox and begins the conversation. */
  readonly firstTurn: number;
  /** A turn of the conversation ended without an interrupt: the runtime has begun it for sure. */
  readonly isBegun: boolean;
  readonly provision: Pick<
    ProvisionRequest,
    "packages" | "setupScript" | "egress" | "envVars" | "secretEnvVars" | "repositories"
  >;
}

const isBegun = sql<boolean>`exists (
  select from ${turns}
  where ${turns.sessionId} = ${sessions.id} and ${turns.turn} >= ${sessions.firstTurn} and ${turns.verdict} <> 'interrupted')`;

type WorkServices = Pick<Services, "env" | "store" | "keyring">;

/** @returns null when the session is gone. */
export async function loadSessionWork(
  { env, store, keyring }: WorkServices,
  sessionId: string,
): Promise<SessionWork | null> {
  const [[row], resources] = await Promise.all([
    store.db
      .select({ session: sessions, environment: environmentVersions, isBegun })
      .from(sessions)
      .leftJoin(
        environmentVersions,
        and(
          eq(environmentVersions.environmentId, sessions.environmentId),
          eq(environmentVersions.version, sessions.environmentVersion),
        ),
      )
      .where(eq(sessions.id, sessionId)),
    store.db
      .select()
      .from(sessionResources)
      .where(eq(sessionResources.sessionId, sessionId))
      .orderBy(asc(sessionResources.position)),
  ]);
  if (row === undefined) return null;
  const { session, environment } = row;
  const { agentSnapshot } = session;
  const place = sealedField.sessionMcpServers(sessionId);
  const agent = { ...agentSnapshot, mcpServers: openMcpServers(keyring, place, agentSnapshot.mcpServers) };
  const open = (sealed: string | null, context: string): Record<string, string> =>
    sealed === null ? {} : (JSON.parse(keyring.open(sealed, context)) as Record<string, string>);
  return {
    agent,
    runtime: runtimeFor(session.runtime),
    conversationId: session.runtimeSessionId,
    sandboxRef: session.sandboxRef,
    firstTurn: session.firstTurn,
    isBegun: row.isBegun,
    provision: {
      packages: environment?.packages ?? {},
      setupScript: environment?.setupScript ?? "",
      egress: toEgress(environment?.networking),
      envVars: {
        ...env.sessionEnv,
        ...open(environment?.envVarsSealed ?? null, sealedField.environmentVariables(environment?.environmentId ?? "")),
      },
      secretEnvVars: open(session.secretsSealed, sealedField.sessionSecrets(sessionId)),
      repositories: resources.map(({ url, mountPath, tokenSealed, position }) => ({
        url,
        mountPath,
        token: tokenSealed === null ? null : keyring.open(tokenSealed, sealedField.resourceToken(sessionId, position)),
      })),
    },
  };
}

function toEgress(networking: Networking | undefined): EgressPolicy {
  return networking?.type === "limited"
    ? { type: "limited", allowedHosts: networking.allowed_hosts ?? [] }
    : { type: "unrestricted" };
}
