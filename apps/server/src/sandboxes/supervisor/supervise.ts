import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { TurnEnd } from "../sandbox-driver.ts";
import { ControlWatch } from "./control-watch.ts";
import { openInput, type OutputPipe } from "./program-pipes.ts";
import { OutputReader } from "./output-reader.ts";
import {
  currentProcessMoment,
  endProcesses,
  findProcesses,
  momentBefore,
  sendSignal,
  type ProcessQuery,
} from "./processes.ts";
import { readLastOutput } from "./last-output.ts";
import { encodeEnd } from "./spool-format.ts";
import { SpoolWriter } from "./spool-writer.ts";
import type { SupervisorSpec } from "./supervisor-spec.ts";
import { markOver, spoolFile, writeProgram } from "./turn-folder.ts";
import { lastOutputMs, within } from "./within.ts";

/**
 * Runs the program to its proven end: one output record per chunk, then the end record, then nothing of it is left.
 *
 * @param onSpool The spool is there to be read.
 * @returns whether this process may take another turn.
 */
export async function supervise(
  spec: SupervisorSpec,
  pipes: readonly [OutputPipe, OutputPipe] | null,
  onSpool: () => void,
): Promise<boolean> {
  const readers: OutputReader[] = [];
  const overflow = new AbortController();
  let written = 0;
  const count = (bytes: number): void => {
    written += bytes;
    if (spec.maxOutputBytes === 0 || written <= spec.maxOutputBytes) return;
    // What it writes from here on finds a closed pipe.
    for (const reader of readers) reader.finish();
    overflow.abort();
  };
  const spool = new SpoolWriter(join(spec.folder, spoolFile), (isBlocked) => {
    for (const reader of readers)
      if (isBlocked) reader.pause();
      else reader.resume();
  });
  onSpool();
  const own = await run(spec, pipes, overflow.signal, (stdout, stderr) => {
    readers.push(new OutputReader("stdout", stdout, spool, count), new OutputReader("stderr", stderr, spool, count));
    return readers;
  });
  await readLastOutput(readers, spool);
  // Also when it had ended by itself before its last output was read: not all of that is here.
  const end: TurnEnd = overflow.signal.aborted ? { reason: "output", maxBytes: spec.maxOutputBytes } : own;
  for (const reader of readers) reader.finish();
  spool.append(encodeEnd(Date.now(), end));
  await spool.close();
  return markOver(spec.folder);
}

async function run(
  spec: SupervisorSpec,
  pipes: readonly [OutputPipe, OutputPipe] | null,
  overflow: AbortSignal,
  read: (stdout: Readable, stderr: Readable) => readonly OutputReader[],
): Promise<TurnEnd> {
  const moment = currentProcessMoment();
  let program: ChildProcess;
  try {
    program = start(spec, pipes);
  } catch (error) {
    return { reason: "spawn", message: startFailure(error as NodeJS.ErrnoException, spec) };
  }
  const [stdout, stderr] = pipes === null ? [program.stdout, program.stderr] : [pipes[0].read(), pipes[1].read()];
  const readers = read(stdout as Readable, stderr as Readable);
  const since = program.pid === undefined ? undefined : momentBefore(program.pid, moment);
  if (program.pid !== undefined) noteProgram(spec.folder, program.pid);
  const end = await waitForEnd(program, spec, overflow);
  if (program.pid !== undefined) {
    const writes = pipes?.map(({ path }) => path) ?? [];
    await endLeftovers({ marker: spec.marker, group: program.pid, since, writes }, spec, readers);
  }
  return end;
}

function noteProgram(folder: string, pid: number): void {
  try {
    writeProgram(folder, pid);
  } catch {
    // A full disk: the marker in the environment still finds the program.
  }
}

function start(spec: SupervisorSpec, pipes: readonly [OutputPipe, OutputPipe] | null): ChildProcess {
  const stdin = openInput(spec.stdin, spec.folder);
  const [program, ...args] = spec.argv;
  try {
    return spawn(program, args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: [stdin, pipes?.[0].writeEnd ?? "pipe", pipes?.[1].writeEnd ?? "pipe"],
    });
  } finally {
    closeSync(stdin);
    for (const pipe of pipes ?? []) pipe.closeWriteEnd();
  }
}

/** Resolves when the program itself has ended, by itself or because it was made to. */
async function waitForEnd(program: ChildProcess, spec: SupervisorSpec, overflow: AbortSignal): Promise<TurnEnd> {
  let forced: TurnEnd | undefined;
  const ended = new AbortController();
  const force = (end: TurnEnd, graceMs: number): void => {
    if (forced !== undefined || program.pid === undefined) return;
    forced = end;
    void endProcesses({ marker: spec.marker, group: program.pid }, graceMs, ended.signal);
  };
  const kill = (): void => force({ reason: "killed" }, Math.min(spec.graceMs, 2_000));
  const control = new ControlWatch(spec.folder, spec.abandonAfterMs, {
    kill,
    interrupt: (signal) => {
      if (program.pid !== undefined) sendSignal(-program.pid, signal);
    },
    abandoned: () => force({ reason: "abandoned" }, spec.graceMs),
  });
  overflow.addEventListener("abort", kill);
  const timer = setTimeout(() => force({ reason: "timeout" }, spec.graceMs), spec.timeoutMs);
  process.on("SIGTERM", kill);
  const own = await new Promise<TurnEnd>((resolve) => {
    program.once("exit", (code, signal) => {
      resolve(signal === null ? { reason: "exit", code: code ?? 0 } : { reason: "signal", signal });
    });
    program.once("error", (error) => resolve({ reason: "spawn", message: startFailure(error, spec) }));
  });
  // What is left of it is looked for once more, and not beside the next turn of this process.
  ended.abort();
  clearTimeout(timer);
  control.close();
  process.off("SIGTERM", kill);
  overflow.removeEventListener("abort", kill);
  return forced ?? own;
}

async function endLeftovers(
  query: ProcessQuery,
  spec: SupervisorSpec,
  readers: readonly OutputReader[],
): Promise<void> {
  await within(lastOutputMs, Promise.all(readers.map((reader) => reader.ended)));
  if (findProcesses(query).length > 0) await endProcesses(query, Math.min(spec.graceMs, 1_000));
}

function startFailure(error: NodeJS.ErrnoException, spec: SupervisorSpec): string {
  if (!existsSync(spec.cwd)) return `working directory does not exist: ${spec.cwd}`;
  if (error.code === "ENOENT") return `program not found: ${spec.argv[0]}`;
  if (error.code === "EACCES") return `program cannot be executed: ${spec.argv[0]}`;
  return `program did not start: ${error.code ?? error.message}`;
}
