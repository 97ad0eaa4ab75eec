import { basename } from "node:path";
import { endProcesses, isRunning, sendSignal } from "../supervisor/processes.ts";
import { FolderTurn } from "../supervisor/supervised-turn.ts";
import { isOver } from "../supervisor/turn-folder.ts";
import { sandboxMarker, turnMarker } from "./markers.ts";
import { findRunFolder, listNames, removeTree } from "./sandbox-folders.ts";
import { readStarts } from "./turn-starts.ts";

/** Ends everything that was started in a sandbox which was taken out of its place, and removes its files. */
export async function endSandbox(gone: string): Promise<void> {
  const runFolder = await findRunFolder(gone);
  if (runFolder !== null) {
    // Where a program has spoilt these folders, the marker finds what was started.
    for (const turnId of await listNames(runFolder)) await endTurn(runFolder, turnId).catch(() => undefined);
    await endProcesses({ marker: `${sandboxMarker}=${basename(runFolder)}`, folder: gone }, 0);
  }
  await removeTree(gone);
}

async function endTurn(runFolder: string, turnId: string): Promise<void> {
  const { claimed } = await readStarts(runFolder, turnId);
  if (claimed === null) return;
  const { folder, supervisor } = claimed;
  // It looks for requests where its folder was, so it is told by a signal. It can take no other turn from here on.
  if (!isOver(folder) && isRunning(supervisor)) sendSignal(supervisor.pid, "SIGTERM");
  await new FolderTurn({ id: turnId, folder, marker: `${turnMarker}=${turnId}`, supervisor }).kill();
}
