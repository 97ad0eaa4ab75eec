import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { openOutputPipes, type OutputPipe } from "./program-pipes.ts";
import { findProcesses } from "./processes.ts";

type Pipes = readonly [OutputPipe, OutputPipe];

const markerOfNobody = "AOD_TEST_PIPES=nobody";

function open(): Pipes {
  const pipes = openOutputPipes();
  if (pipes === null) throw new Error("mkfifo is missing");
  return pipes;
}

/** Starts a program that writes into them until the test ends. @returns its pid */
function startWriter([stdout, stderr]: Pipes): number {
  const program = spawn("sleep", ["600"], { stdio: ["ignore", stdout.writeEnd, stderr.writeEnd] });
  stdout.closeWriteEnd();
  stderr.closeWriteEnd();
  onTestFinished(async () => {
    for (const pipe of [stdout, stderr]) pipe.read().destroy();
    program.kill("SIGKILL");
    await once(program, "close");
  });
  return program.pid ?? 0;
}

async function close(pipes: Pipes): Promise<void> {
  for (const pipe of pipes) {
    const source = pipe.read();
    pipe.closeWriteEnd();
    await once(source.resume(), "close");
  }
}

function writersOf(pipes: Pipes): number[] {
  return findProcesses({ marker: markerOfNobody, writes: pipes.map(({ path }) => path) });
}

it("finds who writes into a pipe", () => {
  const pipes = open();
  const pid = startWriter(pipes);
  expect(writersOf(pipes)).toContain(pid);
});

it("never takes the writer of a later pipe for one of a pipe that is gone", async () => {
  const gone = open();
  await close(gone);
  // File systems give the numbers of the two that are gone to these.
  const later = open();
  const pid = startWriter(later);
  expect(writersOf(gone)).toEqual([]);
  expect(writersOf(later)).toContain(pid);
});
