import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { closeSync } from "node:fs";
import type { ExecResult } from "../sandbox-driver.ts";
import { openInput, openOutputPipes, type OutputPipe } from "../supervisor/program-pipes.ts";
import { endProcesses } from "../supervisor/processes.ts";
import { lastOutputMs, within } from "../supervisor/within.ts";

/** Of each stream the beginning and the end are kept, so much of either. */
const keptBytes = 128 * 1024;
const graceMs = 2_000;

export interface RunOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array;
  /** `NAME=value` that is in `env`, to find what the program leaves behind. */
  readonly marker: string;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A program in a sandbox took longer than it may. */
export class ExecTimeoutError extends Error {
  override readonly name = "ExecTimeoutError";

  constructor(program: string, timeoutMs: number) {
    super(`${program} timed out after ${String(Math.round(timeoutMs / 1000))}s`);
  }
}

/**
 * Runs a program in a process group of its own and collects what it writes. Nothing that can be found of what it started is
 * left when it resolves.
 *
 * @throws ExecTimeoutError, the signal's reason, or the system's error when the program cannot be started.
 */
export async function runToEnd(options: RunOptions): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const pipes = openOutputPipes();
  const program = start(options, pipes);
  const [stdout, stderr] = pipes === null ? [program.stdout, program.stderr] : [pipes[0].read(), pipes[1].read()];
  const collected = [new BoundedOutput(stdout as Readable), new BoundedOutput(stderr as Readable)] as const;

  const ours = {
    marker: options.marker,
    writes: pipes?.map(({ path }) => path) ?? [],
    ...(program.pid !== undefined && { group: program.pid }),
  };

  let stopped: Error | undefined;
  const ended = new AbortController();
  const stop = (reason: Error): void => {
    stopped ??= reason;
    void endProcesses(ours, graceMs, ended.signal);
  };
  const onAbort = (): void => stop(options.signal?.reason as Error);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const limit = options.timeoutMs;
  const timer =
    limit === undefined ? undefined : setTimeout(() => stop(new ExecTimeoutError(options.argv[0], limit)), limit);
  try {
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      program.once("exit", (code, by) => resolve([code, by]));
      program.once("error", reject);
    });
    ended.abort();
    await endProcesses(ours, 0);
    // With every holder of the pipes gone this is immediate; the limit is for a holder that nobody can find.
    await within(lastOutputMs, Promise.all(collected.map((output) => output.ended)));
    if (stopped !== undefined) throw stopped;
    return { exitCode, signal, stdout: collected[0].text(), stderr: collected[1].text() };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    for (const output of collected) output.destroy();
  }
}

function start(options: RunOptions, pipes: readonly [OutputPipe, OutputPipe] | null): ChildProcess {
  const [program, ...args] = options.argv;
  const input = openInput(options.stdin);
  try {
    return spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: [input, pipes?.[0].writeEnd ?? "pipe", pipes?.[1].writeEnd ?? "pipe"],
    });
  } finally {
    closeSync(input);
    for (const pipe of pipes ?? []) pipe.closeWriteEnd();
  }
}

class BoundedOutput {
  readonly ended: Promise<void>;
  readonly #source: Readable;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #dropped = 0;

  constructor(source: Readable) {
    this.#source = source;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    this.ended = new Promise((resolve) => {
      source.on("close", resolve);
      source.on("error", () => resolve());
    });
  }

  text(): string {
    const gap = this.#dropped > 0 ? `\n[${String(this.#dropped)} bytes left out]\n` : "";
    return this.#head.toString() + gap + this.#tail.toString();
  }

  destroy(): void {
    this.#source.destroy();
  }

  #take(chunk: Buffer): void {
    const room = keptBytes - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    if (chunk.length <= room) return;
    const tail = Buffer.concat([this.#tail, chunk.subarray(Math.max(room, 0))]);
    const excess = Math.max(tail.length - keptBytes, 0);
    this.#dropped += excess;
    this.#tail = tail.subarray(excess);
  }
}
