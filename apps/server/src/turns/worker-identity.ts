import { identifyProcess, isRunning } from "../sandboxes/supervisor/processes.ts";
import type { Holder } from "./leases.ts";

/** This process as the holder of leases: `<host id>:<pid>:<process start>`. */
export function identifyWorker(hostId: string): Holder {
  const { pid, startTime } = identifyProcess(process.pid);
  return { hostId, workerId: `${hostId}:${String(pid)}:${startTime ?? "0"}` };
}

/** Whether a worker of this machine is known to be dead. Of other machines' workers nothing is known. */
export function isDeadWorker(workerId: string | null, hostId: string): boolean {
  if (workerId === null) return true;
  if (!workerId.startsWith(`${hostId}:`)) return false;
  const [pid, startTime] = workerId.slice(hostId.length + 1).split(":");
  return !isRunning({ pid: Number(pid), startTime: startTime === undefined || startTime === "0" ? null : startTime });
}
