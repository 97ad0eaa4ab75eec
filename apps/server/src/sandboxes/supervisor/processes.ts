// What the machine knows of processes, read from /proc. Without /proc (macOS) only groups and pids are known.
import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as in /proc; null where there is no /proc. */
  readonly startTime: string | null;
}

interface Stat {
  readonly state: string;
  readonly group: number;
  /** "0" for none. */
  readonly terminal: string;
  readonly startTime: string;
}

const hasProc = process.platform === "linux";

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startTime: readStat(pid)?.startTime ?? null };
}

/** Whether exactly this process still runs. A zombie does not. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  if (hasProc && startTime !== null) {
    const stat = readStat(pid);
    // This process may only have no file left to open.
    if (stat === null) return sendSignal(pid, 0);
    return stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
  }
  return sendSignal(pid, 0);
}

/** What makes a process one of ours. Any match counts. */
export interface ProcessQuery {
  /** `NAME=value` in the environment it was started with. */
  readonly marker: string;
  /** A process group. */
  readonly group?: number;
  /** It was started after this. Saves looking at every process of the machine at the end of a short turn. */
  readonly since?: ProcessMoment | undefined;
  /**
   * It has no terminal and works in this folder or below: finds children that cleared their environment, and leaves a
   * person's shell alone.
   */
  readonly folder?: string;
  /** Its standard output or error was opened at one of these paths, which may be gone. */
  readonly writes?: readonly string[];
}

/** A moment in the history of this machine's processes. */
export interface ProcessMoment {
  readonly lastPid: number;
  readonly timeMs: number;
}

export function currentProcessMoment(): ProcessMoment {
  return { lastPid: hasProc ? lastPid() : 0, timeMs: performance.now() };
}

/**
 * @param pid Of a process that was started right behind that moment.
 * @returns the moment, or undefined where it says nothing: in containers the count of processes may be an old one, or none.
 */
export function momentBefore(pid: number, moment: ProcessMoment): ProcessMoment | undefined {
  return hasProc && moment.lastPid < pid && pid <= lastPid() ? moment : undefined;
}

/** The pids that can have been given out since then: all, unless the numbers cannot have come round again. */
function candidatePids(since: ProcessMoment | undefined): Iterable<number> {
  if (since !== undefined) {
    const last = lastPid();
    const elapsedMs = performance.now() - since.timeMs;
    const isUnbroken = last >= since.lastPid && elapsedMs * maxForksPerMs < highestPid();
    if (isUnbroken && last - since.lastPid < longestRange) return range(since.lastPid + 1, last);
  }
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** No machine forks faster. */
const maxForksPerMs = 200;
const longestRange = 500;

function* range(first: number, last: number): Generator<number> {
  for (let pid = first; pid <= last; pid += 1) yield pid;
}

function lastPid(): number {
  return Number(readFileSync("/proc/loadavg", "latin1").trim().split(" ").at(-1));
}

function highestPid(): number {
  return Number(readFileSync("/proc/sys/kernel/pid_max", "latin1"));
}

/** Processes that match, this one and zombies left out. */
export function findProcesses(query: ProcessQuery): number[] {
  if (!hasProc) return query.group !== undefined && sendSignal(-query.group, 0) ? [-query.group] : [];
  const marker = Buffer.from(`\0${query.marker}\0`);
  // One call tells whether the group has members at all: mostly it has none, and no process need be asked for its group.
  const group = query.group !== undefined && sendSignal(-query.group, 0) ? query.group : undefined;
  const found: number[] = [];
  for (const pid of candidatePids(query.since)) {
    if (pid === process.pid) continue;
    if (isMarked(pid, marker) || isInGroup(pid, group) || worksIn(pid, query.folder) || writesTo(pid, query.writes))
      found.push(pid);
  }
  return found;
}

// Shared and read into by hand: this looks at every process of the machine, at the end of every turn.
const environment = Buffer.alloc(256 * 1024);

/** Kernel threads and zombies have no environment, and that of other users' processes cannot be read: none is ours. */
function isMarked(pid: number, marker: Buffer): boolean {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/environ`, "r");
  } catch {
    return false;
  }
  try {
    // With a separator before the first and behind the last variable.
    let length = 1;
    for (let size = -1; size !== 0 && length < environment.length - 1; length += size) {
      size = readSync(file, environment, length, environment.length - 1 - length, null);
    }
    environment[length] = 0;
    return environment.subarray(0, length + 1).includes(marker);
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}

function isInGroup(pid: number, group: number | undefined): boolean {
  if (group === undefined) return false;
  const stat = readStat(pid);
  return stat !== null && stat.group === group && stat.state !== "Z";
}

function worksIn(pid: number, folder: string | undefined): boolean {
  if (folder === undefined) return false;
  try {
    return isInside(readlinkSync(`/proc/${pid}/cwd`), folder) && readStat(pid)?.terminal === "0";
  } catch {
    return false;
  }
}

// By path, not by inode: the number of a file that is gone is given to the next one at once.
function writesTo(pid: number, paths: readonly string[] = []): boolean {
  if (paths.length === 0) return false;
  // Not any of its files: a server that was merely handed one is somebody else's.
  return [1, 2].some((number) => {
    try {
      return paths.includes(readlinkSync(`/proc/${pid}/fd/${number}`).replace(/ \(deleted\)$/, ""));
    } catch {
      return false;
    }
  });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Signals a process or, with a negative number, a group. False when there is none. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What cannot be ended is not waited for any longer. */
const endLimitMs = 10_000;

/**
 * Ends every process that matches: SIGTERM, then SIGKILL after `graceMs`, again until none is left, because a process may
 * fork while it is looked for.
 *
 * @param signal Once it aborts, nothing is looked for or signalled any more: a group's number may be another's by then.
 */
export async function endProcesses(query: ProcessQuery, graceMs: number, signal?: AbortSignal): Promise<void> {
  const started = performance.now();
  let signalled = new Set<number>();
  while (!signal?.aborted) {
    const pids = findProcesses(query);
    const elapsed = performance.now() - started;
    if (pids.length === 0 || elapsed > graceMs + endLimitMs) return;
    if (elapsed >= graceMs) {
      for (const pid of pids) sendSignal(pid, "SIGKILL");
    } else {
      for (const pid of pids) if (!signalled.has(pid)) sendSignal(pid, "SIGTERM");
      signalled = new Set(pids);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", group: Number(fields[2]), terminal: fields[4] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return null;
  }
}
