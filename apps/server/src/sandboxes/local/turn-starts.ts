// The tries to start a turn, one folder each in `<run folder>/<turn id>/`, numbered from 1; at most one has a supervisor.
import { join } from "node:path";
import type { ProcessIdentity } from "../supervisor/processes.ts";
import { voidUnlessClaimed } from "../supervisor/turn-folder.ts";
import { listNames } from "./sandbox-folders.ts";

/** A try that a supervisor has taken on. */
export interface ClaimedStart {
  readonly folder: string;
  readonly supervisor: ProcessIdentity;
}

/** What is known of the tries to start one turn. */
export interface TurnStarts {
  readonly count: number;
  readonly claimed: ClaimedStart | null;
}

/** Looks for the try that has a supervisor. "Never started" has to stay true once it is said: one on its way is made void. */
export async function readStarts(runFolder: string, turnId: string): Promise<TurnStarts> {
  const names = (await listNames(join(runFolder, turnId))).sort((a, b) => Number(a) - Number(b));
  for (const name of names) {
    const folder = join(runFolder, turnId, name);
    const claim = voidUnlessClaimed(folder);
    if (claim.kind === "supervisor") return { count: names.length, claimed: { folder, supervisor: claim.supervisor } };
  }
  return { count: names.length, claimed: null };
}
