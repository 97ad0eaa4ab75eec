import { readHostId } from "../sandboxes/host-id.ts";
import { countUnfinishedTurns } from "./leases.ts";
import { failLostTurns } from "./lost-turns.ts";
import { repeat } from "./repeat.ts";
import type { WorkerServices } from "./turn-run.ts";
import type { RunningWorker, WorkerTimes } from "./worker.ts";
import { identifyWorker } from "./worker-identity.ts";

/**
 * What a process without a driver does for turns: it says which of this machine's wait for one, and fails those that no
 * machine came back for, so that their sessions do not run for ever.
 */
export async function attendTurns(
  services: WorkerServices,
  { sweepMs, lostHostSeconds }: Required<Pick<WorkerTimes, "sweepMs" | "lostHostSeconds">>,
): Promise<RunningWorker> {
  const { store, env, logger, queue } = services;
  const { hostId, workerId } = identifyWorker(readHostId(env.dataDir));
  for (const { driver, turns } of await countUnfinishedTurns(store, hostId)) {
    logger.warn(
      { driver, turns },
      `unfinished turns need a server with the driver ${driver}; without one they will fail`,
    );
  }
  const attention = repeat(
    async () => {
      await failLostTurns(services, workerId, { liveHosts: await queue.liveHosts(), afterSeconds: lostHostSeconds });
    },
    sweepMs,
    (error) => logger.warn({ err: error }, "turns of lost machines could not be failed yet"),
  );
  return { close: () => attention.stop() };
}
