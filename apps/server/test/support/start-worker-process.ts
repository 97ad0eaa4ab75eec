import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface WorkerProcess {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** A worker in a process of its own; resolves when it takes turns. */
export async function startWorkerProcess(databaseUrl: string, dataDir: string): Promise<WorkerProcess> {
  const script = fileURLToPath(new URL("./worker-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@aod/source", "--no-warnings", script, databaseUrl, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await ready(child);
  const { pid = 0 } = child;
  const gone = once(child, "exit");
  return {
    pid,
    signal: (signal) => child.kill(signal),
    async end(signal) {
      child.kill(signal);
      await gone;
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`the worker process ended with ${String(code)} before it was ready`);
  });
  await Promise.race([once(child.stdout ?? child, "data"), died]);
  died.catch(() => undefined);
}
