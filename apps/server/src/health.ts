import type { Keyring } from "./auth/keyring.ts";
import type { SandboxDriver } from "./sandboxes/sandbox-driver.ts";
import type { Health, HealthCheck } from "./services.ts";
import type { Store } from "./store/store.ts";

const answerMs = 2_000;
const context = "health:probe";

async function check(work: () => Promise<boolean>): Promise<HealthCheck> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), answerMs);
  try {
    return (await Promise.race([work(), late.promise])) ? "ok" : "failed";
  } catch {
    return "failed";
  } finally {
    clearTimeout(timer);
  }
}

/** Asks the database, and seals and opens a probe. Takes at most two seconds and never throws. */
export async function checkHealth(
  store: Pick<Store, "pool">,
  keyring: Keyring,
  driver: SandboxDriver | null,
): Promise<Health> {
  const [database, encryption] = await Promise.all([
    check(async () => (await store.pool.query("select 1")).rowCount === 1),
    check(() => Promise.resolve(keyring.open(keyring.seal("probe", context), context) === "probe")),
  ]);
  const status = database === "ok" && encryption === "ok" ? "ok" : "failed";
  return { status, checks: { database, encryption }, driver: driver?.kind ?? null };
}
