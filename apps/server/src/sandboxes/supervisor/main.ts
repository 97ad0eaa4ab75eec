// The supervisor: a small program that outlives the server. It waits for a spec on its standard input, runs that program to
// its end, and waits for the next one. When the input closes it is not needed any more, once its program has ended.
import { readSync, writeSync } from "node:fs";
import { openOutputPipes } from "./program-pipes.ts";
import { supervise } from "./supervise.ts";
import type { SupervisorSpec } from "./supervisor-spec.ts";
import { claimAsSupervisor } from "./turn-folder.ts";

for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

let pipes = openOutputPipes();
for (let spec = readSpec(); spec !== null; spec = readSpec()) {
  if (!claimAsSupervisor(spec.folder)) {
    answer("claimed");
    continue;
  }
  const isFree = await supervise(spec, pipes, () => answer("started"));
  if (!isFree) break;
  pipes = openOutputPipes();
  answer("idle");
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
