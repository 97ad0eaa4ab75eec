// What the machine knows of processes, read from /proc. Without /proc (macOS) only groups and pids are known.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

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
    return stat !== null && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
  }
  return sendSignal(pid, 0);
}

/** What makes a process one of ours. Any match counts. */
export interface ProcessQuery {
  /** `NAME=value` in the environment it was started with. */
  readonly marker: string;
  /** A process group. */
  readonly group?: number;
  /**
   * It has no terminal and works in this folder or below: finds children that cleared their environment, and leaves a
   * person's shell alone.
   */
  readonly folder?: string;
}

/** Processes that match, this one and zombies left out. */
export function findProcesses(query: ProcessQuery): number[] {
  if (!hasProc) return query.group !== undefined && sendSignal(-query.group, 0) ? [-query.group] : [];
  const marker = Buffer.from(`\0${query.marker}\0`);
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid !== process.pid && matches(pid, query, marker)) found.push(pid);
  }
  return found;
}

function matches(pid: number, query: ProcessQuery, marker: Buffer): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`);
    // Kernel threads and zombies have none.
    const isMarked = environment.length > 0 && Buffer.concat([nul, environment, nul]).includes(marker);
    if (isMarked) return true;
    if (query.folder !== undefined && isInside(readlinkSync(`/proc/${pid}/cwd`), query.folder)) {
      if (readStat(pid)?.terminal === "0") return true;
    }
  } catch {
    // Gone meanwhile, or another user's: not ours.
  }
  if (query.group === undefined) return false;
  const stat = readStat(pid);
  return stat !== null && stat.group === query.group && stat.state !== "Z";
}

const nul = Buffer.from([0]);

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

/**
 * Ends every process that matches: SIGTERM, then SIGKILL after `graceMs`, again until none is left, because a process may
 * fork while it is looked for.
 *
 * @returns false when some still run after `limitMs`.
 */
export async function endProcesses(query: ProcessQuery, graceMs: number, limitMs = 10_000): Promise<boolean> {
  const started = performance.now();
  let signalled = new Set<number>();
  for (;;) {
    const pids = findProcesses(query);
    if (pids.length === 0) return true;
    const elapsed = performance.now() - started;
    if (elapsed > graceMs + limitMs) return false;
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
