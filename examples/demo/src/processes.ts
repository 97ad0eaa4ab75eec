import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Processes other than this one that have to do with a folder: it is in their command line, their environment, or it is
 * where they are. What cannot be read, because it belongs to someone else or has just ended, does not count.
 *
 * @returns `<pid> <command line>`, one entry for each.
 */
export function findProcessesOf(folder: string): string[] {
  return process.platform === "linux" ? fromProc(folder) : fromPs(folder);
}

function fromProc(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
    const traces = [
      command,
      attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8")),
      attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    ];
    if (traces.some((trace) => trace.includes(folder))) found.push(`${pid} ${command.trim()}`);
  }
  return found;
}

function fromPs(folder: string): string[] {
  return execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.includes(folder) && !line.startsWith(`${process.pid} `) && !line.includes(" ps -axo "));
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
