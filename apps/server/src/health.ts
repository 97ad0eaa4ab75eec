import { statfs } from "node:fs/promises";
import type { Keyring } from "./auth/keyring.ts";
import type { SandboxDriver } from "./sandboxes/sandbox-driver.ts";
import type { Health, HealthCheck } from "./services.ts";
import type { Store } from "./store/store.ts";

const answerMs = 2_000;
const context = "health:probe";
/** A segment of the database's own log, which it makes whole before it writes into it. */
const leastFreeBytes = 16 * 1024 * 1024;

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

/** Whether the data directory can take more. A server that needs none has none. */
async function hasRoom(dataDir: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(dataDir);
    return bavail * bsize >= leastFreeBytes;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    throw error;
  }
}

/** Asks the database, seals and opens a probe, and looks for room in the data directory. Takes at most two seconds and never throws. */
export async function checkHealth({
  store,
  keyring,
  driver,
  dataDir,
}: {
  readonly store: Pick<Store, "pool">;
  readonly keyring: Keyring;
  readonly driver: SandboxDriver | null;
  readonly dataDir: string;
}): Promise<Health> {
  const [database, encryption, storage] = await Promise.all([
    check(async () => (await store.pool.query("select 1")).rowCount === 1),
    check(() => Promise.resolve(keyring.open(keyring.seal("probe", context), context) === "probe")),
    check(() => hasRoom(dataDir)),
  ]);
  const checks = { database, encryption, storage };
  const status = Object.values(checks).every((result) => result === "ok") ? "ok" : "failed";
  return { status, checks, driver: driver?.kind ?? null };
}
