import { existsSync } from "node:fs";
import { rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SupervisedTurn, TurnRecord } from "../sandbox-driver.ts";
import {
  endProcesses,
  identifyProcess,
  isRunning,
  sendSignal,
  type ProcessIdentity,
  type ProcessQuery,
} from "./processes.ts";
import { SpoolDamagedError } from "./spool-format.ts";
import { tailSpool } from "./spool-tail.ts";
import { controlFolder, interruptFile, isOver, killFile, readProgram, renewFile, spoolFile } from "./turn-folder.ts";

/** Longer than a supervisor takes from SIGTERM over SIGKILL to the end record. */
const killLimitMs = 8_000;

/** A turn of which a supervisor of ours is known by its folder: this process may have started it, or any other. */
export class FolderTurn implements SupervisedTurn {
  readonly id: string;
  readonly #folder: string;
  readonly #marker: string;
  readonly #supervisor: ProcessIdentity;

  constructor(turn: { id: string; folder: string; marker: string; supervisor: ProcessIdentity }) {
    this.id = turn.id;
    this.#folder = turn.folder;
    this.#marker = turn.marker;
    this.#supervisor = turn.supervisor;
  }

  async *records({ offset, signal }: { offset: number; signal: AbortSignal }): AsyncGenerator<TurnRecord> {
    let next = offset;
    const path = join(this.#folder, spoolFile);
    try {
      for await (const record of tailSpool({
        path,
        offset,
        signal,
        isWriterAlive: () => this.#isSupervised(),
      })) {
        next = record.nextOffset;
        if (record.kind === "end") {
          yield { type: "end", end: record.end, nextOffset: next };
          return;
        }
        yield { type: "output", stream: record.kind, bytes: record.bytes, time: record.time, nextOffset: next };
      }
    } catch (error) {
      if (!(error instanceof SpoolDamagedError)) throw error;
      await this.kill();
    }
    // Nobody will ever tell how it ended: make sure that it has.
    await endProcesses(this.#leftovers(), 1_000);
    yield { type: "end", end: { reason: "lost" }, nextOffset: next };
  }

  async renew(): Promise<void> {
    const file = join(this.#folder, controlFolder, renewFile);
    const now = new Date();
    try {
      await utimes(file, now, now);
    } catch {
      await writeIfThere(file, "");
    }
  }

  async interrupt(signal: NodeJS.Signals): Promise<void> {
    const file = join(this.#folder, controlFolder, interruptFile);
    // Renamed into place: the supervisor must not read an empty file.
    await writeIfThere(`${file}.new`, signal, () => rename(`${file}.new`, file));
  }

  async kill(): Promise<void> {
    try {
      await writeIfThere(join(this.#folder, controlFolder, killFile), "");
    } catch {
      // A full disk: the signal says the same, though only to a supervisor on this machine.
      if (this.#isSupervised()) sendSignal(this.#supervisor.pid, "SIGTERM");
    }
    const deadline = performance.now() + killLimitMs;
    while (this.#isSupervised()) {
      if (performance.now() > deadline) sendSignal(this.#supervisor.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await endProcesses(this.#leftovers(), 0);
  }

  /** A folder that somebody else has removed is over: its supervisor may be at work on another turn by now. */
  #isSupervised(): boolean {
    return existsSync(this.#folder) && !isOver(this.#folder) && isRunning(this.#supervisor);
  }

  /** What is left of the program, should its supervisor not have ended it. */
  #leftovers(): ProcessQuery {
    // Once it is over, nothing of its group is left, and its number may be another's.
    const program = isOver(this.#folder) ? null : readProgram(this.#folder);
    // A pid that now is another process says nothing about the group any more.
    const isGroupOurs = program !== null && (isRunning(program) || identifyProcess(program.pid).startTime === null);
    return { marker: this.#marker, ...(isGroupOurs && { group: program.pid }) };
  }
}

/** Does nothing where the folder is gone: the turn is over. */
async function writeIfThere(file: string, content: string, onWritten?: () => Promise<void>): Promise<void> {
  try {
    await writeFile(file, content, { mode: 0o600 });
    await onWritten?.();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    // Half a file says nothing; that it cannot be removed either is no news.
    await rm(file, { force: true }).catch(() => undefined);
    throw error;
  }
}
