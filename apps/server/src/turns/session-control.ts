import type { Logger } from "pino";
import type { SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import type { Store } from "../store/store.ts";
import type { SessionControl } from "./turn-queue.ts";

/** Carries `{"sessionId","sandboxRef"}` of sessions that are over. */
export const controlChannel = "aod_control";

export interface SessionControlOptions {
  readonly store: Store;
  readonly driver: SandboxDriver | null;
  readonly logger: Pick<Logger, "warn">;
}

/** Ends sessions: here when their sandbox is on this machine, and in every worker that listens. */
export function createSessionControl({ store, driver, logger }: SessionControlOptions): SessionControl {
  return {
    async stop(session) {
      // The session is over already, whatever fails here: beats and sweeps find what was not told.
      const report = (message: string) => (error: unknown) => {
        logger.warn({ err: error, sessionId: session.sessionId }, message);
      };
      const told = store.pool.query("select pg_notify($1, $2)", [controlChannel, JSON.stringify(session)]);
      void removeSandbox(driver, session.sandboxRef).catch(report("sandbox was left to the sweep"));
      await told.catch(report("workers could not be told that a session is over"));
    },
    async isSandboxAvailable({ driver: kind, sandboxRef }) {
      if (sandboxRef === null || driver?.kind !== kind) return false;
      return !driver.reaches(sandboxRef) || (await driver.attach(sandboxRef)) !== null;
    },
  };
}

/** Ends everything that runs in it and removes it, when it is on this machine. */
export async function removeSandbox(driver: SandboxDriver | null, ref: string | null): Promise<void> {
  if (driver === null || ref === null || !driver.reaches(ref)) return;
  await (await driver.attach(ref))?.destroy();
}
