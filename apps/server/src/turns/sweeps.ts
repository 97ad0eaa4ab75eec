import { isUuid } from "../domain/is-uuid.ts";
import type { SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import { forgetIdleSandbox, listIdleSessions, listUsableSessions } from "../store/session-sandboxes.ts";
import type { Store } from "../store/store.ts";
import { removeSandbox } from "./session-control.ts";

/** Removes the sandboxes of this machine whose session can never go on: failed, terminated or gone. */
export async function sweepOrphans(store: Store, driver: SandboxDriver): Promise<void> {
  // Listed before the sessions are read: a sandbox that appears in between belongs to a session that is there.
  const sandboxes = await sandboxesBySession(driver);
  if (sandboxes.size === 0) return;
  const usable = await listUsableSessions(store.db, [...sandboxes.keys()]);
  await forEach(
    [...sandboxes].filter(([id]) => !usable.has(id)),
    ([, ref]) => removeSandbox(driver, ref),
  );
}

/** Removes the sandboxes of this machine whose session waits for a prompt for longer than `days`; 0 keeps them for ever. */
export async function sweepIdle(store: Store, driver: SandboxDriver, days: number): Promise<void> {
  if (days === 0) return;
  const sandboxes = await sandboxesBySession(driver);
  if (sandboxes.size === 0) return;
  await forEach(await listIdleSessions(store.db, [...sandboxes.keys()], days), (id) =>
    store.db.transaction(async (db) => {
      if (await forgetIdleSandbox(db, id, days)) await removeSandbox(driver, sandboxes.get(id) ?? null);
    }),
  );
}

/** One that cannot be removed does not keep the others. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, "Some sandboxes could not be removed");
}

async function sandboxesBySession(driver: SandboxDriver): Promise<Map<string, string>> {
  const refs = await driver.list();
  const entries = refs.map((ref) => [ref.slice(ref.lastIndexOf(":") + 1), ref] as const);
  return new Map(entries.filter(([id]) => isUuid(id)));
}
