// The supervisor: a small program that outlives the server. It waits for one spec on its standard input, then runs that
// program to its end. When the input closes first, it was a spare that nobody needs any more.
import { readSync, writeSync } from "node:fs";
import { openOutputPipes } from "./program-pipes.ts";
import { supervise } from "./supervise.ts";
import type { SupervisorSpec } from "./supervisor-spec.ts";
import { claimAsSupervisor } from "./turn-folder.ts";

for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

const pipes = openOutputPipes();
const spec = readSpec();
if (spec !== null) {
  const isMine = claimAsSupervisor(spec.folder);
  answer(isMine ? "started" : "claimed");
  if (isMine) await supervise(spec, pipes);
}
process.exit(0);

// Blocking on purpose: a spare has nothing else to do, and half a spec is none.
function readSpec(): SupervisorSpec | null {
  const chunks: Buffer[] = [];
  const chunk = Buffer.allocUnsafe(1 << 16);
  for (;;) {
    const size = readSync(0, chunk, 0, chunk.length, null);
    if (size === 0) return null;
    chunks.push(Buffer.from(chunk.subarray(0, size)));
    if (chunk[size - 1] === 0x0a) return JSON.parse(Buffer.concat(chunks).toString()) as SupervisorSpec;
  }
}

function answer(word: string): void {
  try {
    writeSync(1, `${word}\n`);
  } catch {
    // The server that asked is gone; the next one finds the claim.
  }
}
