import { readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/**
 * Ends what a killed PostgreSQL left in its directory. A child that hangs does not notice the end of the others, and holds
 * memory without which no new one starts. Found by `/proc`; elsewhere it has to be ended by hand.
 */
export function endLeftovers(directory: string): void {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    try {
      const isPostgres = basename(readlinkSync(`/proc/${pid}/exe`)).startsWith("postgres");
      if (isPostgres && readlinkSync(`/proc/${pid}/cwd`) === directory) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, or is somebody else's.
    }
  }
}
