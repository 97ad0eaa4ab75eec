import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A server in a process of its own. */
export interface DemoServer {
  readonly url: string;
  /** The key that its first start saved. */
  readonly token: string;
  /** Ends it; resolves when its process is gone. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, as a crash would, and starts it again on the same address and data. Once. */
  crash(): Promise<void>;
}

const stopWithinMs = 60_000;
const startWithinMs = 120_000;

/**
 * Starts the server from its sources, on a free port and an embedded database, with everything it keeps in `folder`.
 *
 * @throws Error with the server's own words when it does not get ready.
 */
export async function startServer(folder: string, signal: AbortSignal): Promise<DemoServer> {
  const { child, url } = await launch(folder, "0", signal);
  let running: Promise<ChildProcess> = Promise.resolve(child);
  const restart = async (): Promise<ChildProcess> => {
    await end(child, "SIGKILL");
    return (await launch(folder, new URL(url).port, signal)).child;
  };
  return {
    url,
    token: await savedToken(folder),
    stop: async () => {
      // One that is about to start is waited for, and one that does not start has been ended.
      const last = await running.catch(() => null);
      if (last !== null) await end(last, "SIGTERM");
    },
    crash: async () => {
      running = restart();
      await running;
    },
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly url: string;
}

async function launch(folder: string, port: string, signal: AbortSignal): Promise<Launched> {
  signal.throwIfAborted();
  const entry = join(createRequire(import.meta.url).resolve("@aod/server/package.json"), "..", "src", "bin.ts");
  const child = spawn(
    process.execPath,
    [
      "--conditions=@aod/source",
      entry,
      "--json",
      `--port=${port}`,
      "--driver=local",
      `--data-dir=${join(folder, "data")}`,
    ],
    // A group of its own: Ctrl-C reaches the demo alone, which then stops the server in order.
    { env: serverEnv(folder), stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const log = keepLastLines(child);
  try {
    return { child, url: await readyUrl(child, AbortSignal.any([signal, AbortSignal.timeout(startWithinMs)])) };
  } catch (error) {
    await end(child, "SIGTERM");
    if (signal.aborted) throw error;
    throw new Error(`The server did not start. Its last words:\n${log.join("\n")}`, { cause: error });
  }
}

/** The caller's environment without settings of another server. */
function serverEnv(folder: string): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AOD_|DATABASE_URL$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    AOD_HOST: "127.0.0.1",
    AOD_CONFIG_DIR: join(folder, "config"),
    AOD_CACHE_DIR: join(folder, "cache"),
  };
}

function keepLastLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  if (child.stderr) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (lines.length > 20) lines.shift();
    });
  }
  return lines;
}

function readyUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
    child.once("error", reject);
    child.once("exit", (code, ended) => {
      reject(new Error(`It ended with ${code ?? ended ?? "?"}`));
    });
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const message = JSON.parse(line) as { event?: string; url?: string };
      if (message.event === "ready" && message.url !== undefined) resolve(message.url);
    });
  });
}

async function savedToken(folder: string): Promise<string> {
  const file = await readFile(join(folder, "config", "credentials.json"), "utf8");
  const { profiles } = JSON.parse(file) as { profiles: { default: { token: string } } };
  return profiles.default.token;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await gone;
  clearTimeout(force);
}
