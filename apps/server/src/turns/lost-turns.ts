import type { Services } from "../services.ts";
import { finishTurn } from "./finish-turn.ts";
import { takeHopelessTurns, type HopelessLimits } from "./leases.ts";
import { failedTurn } from "./turn-outcome.ts";
import { emptySummary } from "./turn-summary.ts";

/** Fails the turns of machines that did not come back. */
export async function failLostTurns(
  { store, log }: Pick<Services, "store" | "log">,
  workerId: string,
  limits: HopelessLimits,
): Promise<void> {
  for (const turn of await takeHopelessTurns(store, workerId, limits)) {
    await finishTurn(log, {
      turn,
      outcome: failedTurn("The machine that has the session's sandbox did not come back"),
      summary: emptySummary("failure"),
      entries: [],
      agentEvents: [],
      spoolOffset: undefined,
    });
  }
}
