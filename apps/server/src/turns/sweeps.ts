import { inArray } from "drizzle-orm";
import type { SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import { sessions } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import type { HeldTurn, Holder } from "./leases.ts";
import { removeSandbox } from "./session-control.ts";

/** Removes the sandboxes of this machine whose session is terminated or gone. */
export async function sweepOrphans(store: Store, driver: SandboxDriver): Promise<void> {
  // Listed before the sessions are read: a sandbox that appears in between belongs to a session that is there.
  const sandboxes = new Map((await driver.list()).map((ref) => [ref.slice(ref.lastIndexOf(":") + 1), ref]));
  const ids = [...sandboxes.keys()].filter((id) => uuid.test(id));
  if (ids.length === 0) return;
  const rows = await store.db
    .select({ id: sessions.id, status: sessions.status })
    .from(sessions)
    .where(inArray(sessions.id, ids));
  const needed = new Set(rows.filter(({ status }) => status !== "terminated").map(({ id }) => id));
  for (const id of ids) if (!needed.has(id)) await removeSandbox(driver, sandboxes.get(id) ?? null);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Takes turns of machines that did not come back, so that they can be failed: running ones whose lease ended so long ago
 * that their supervisor has given up, and waiting ones that only a machine nobody hears of could run.
 */
export async function takeHopelessTurns(
  store: Store,
  holder: Holder,
  limits: { readonly liveHosts: ReadonlySet<string>; readonly afterSeconds: number },
): Promise<HeldTurn[]> {
  const { rows } = await store.pool.query<{ session_id: string; turn: number; attempt: number }>(
    `update turns set status = 'running', attempt = attempt + 1, worker_id = $1, lease_until = now() + interval '60 s'
     where host_id <> $2 and host_id <> all ($3::text[]) and (
       (status = 'running' and lease_until < now() - make_interval(secs => $4))
       or (status = 'pending' and created_at < now() - make_interval(secs => $4)))
     returning session_id, turn, attempt`,
    [holder.workerId, holder.hostId, [...limits.liveHosts], limits.afterSeconds],
  );
  return rows.map((row) => ({
    ...{ sessionId: row.session_id, turn: row.turn, attempt: row.attempt },
    ...{ prompt: "", timeoutSeconds: 0, spoolOffset: 0, isInterrupted: false },
  }));
}
