import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Ends what a killed PostgreSQL left in its directory. A child that hangs does not notice the end of the others, and holds
 * memory without which no new one starts. Found by `/proc`; elsewhere it has to be ended by hand. A PostgreSQL that another
 * process has started there meanwhile is left alone.
 */
export function endLeftovers(directory: string): void {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    try {
      if (isPostgresOf(directory, pid) && isOrphan(directory, pid)) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}

function isPostgresOf(directory: string, pid: number): boolean {
  try {
    const isPostgres = basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("postgres");
    return isPostgres && readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch {
    // It has ended, or is somebody else's, as the first process of a system is.
    return false;
  }
}

/** A child of PostgreSQL leads a session of its own, which one that is about to start does not. */
function isOrphan(directory: string, pid: number): boolean {
  const [, parent, session] = /\) \S (\d+) \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  return Number(session) === pid && !isPostgresOf(directory, Number(parent));
}
