import type { Logger } from "pino";
import type { SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import type { Store } from "../store/store.ts";
import type { SessionControl } from "./turn-queue.ts";

/** Carries a {@link ControlMessage} as JSON. */
export const controlChannel = "aod_control";

/** What workers are told. */
export type ControlMessage =
  | { readonly action: "stop"; readonly sessionId: string; readonly sandboxRef: string | null }
  | { readonly action: "interrupt"; readonly sessionId: string; readonly turn: number };

export interface SessionControlOptions {
  readonly store: Store;
  readonly driver: SandboxDriver | null;
  readonly logger: Pick<Logger, "warn">;
}

/** Ends and interrupts sessions. Ends them here when their sandbox is on this machine, and in every worker that listens. */
export function createSessionControl({ store, driver, logger }: SessionControlOptions): SessionControl {
  const tell = (message: ControlMessage) =>
    store.pool.query("select pg_notify($1, $2)", [controlChannel, JSON.stringify(message)]);
  return {
    async stop(session) {
      // The session is over already, whatever fails here: beats and sweeps find what was not told.
      const report = (message: string) => (error: unknown) => {
        logger.warn({ err: error, sessionId: session.sessionId }, message);
      };
      const told = tell({ action: "stop", ...session });
      void removeSandbox(driver, session.sandboxRef).catch(report("sandbox was left to the sweep"));
      await told.catch(report("workers could not be told that a session is over"));
    },
    async interrupt(turn) {
      // A worker that was not told finds the request when it renews its lease.
      await tell({ action: "interrupt", ...turn }).catch((error: unknown) => {
        logger.warn({ err: error, ...turn }, "the worker could not be told to interrupt a turn");
      });
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
