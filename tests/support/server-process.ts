import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testCacheFolder } from "./test-cache.ts";

const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface ServerProcessOptions {
  /** Variables added to an otherwise almost empty environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `null` starts a server without a session backend. @default "local" */
  readonly driver?: "local" | null;
  /** Which program starts it, from the sources, or a whole command line that gets the flags behind it. @default "aod serve" */
  readonly program?: "aod serve" | "aod-server" | readonly [string, ...string[]];
}

export interface ServerProcess extends AsyncDisposable {
  /** Another one after a restart. */
  readonly url: string;
  /** The key of the first owner, as the server saved it for the CLI. */
  readonly token: string;
  /** Home, data and configuration of this server alone. */
  readonly folder: string;
  /** Everything it has written to stdout and stderr so far, restarts included. */
  readonly output: () => string;
  /** Ends it with SIGKILL, as a crash would; resolves when it is gone. */
  kill(): Promise<unknown>;
  /** Tells it to stop. @returns its exit code, or the signal that ended it: SIGKILL when it hung */
  stop(): Promise<number | NodeJS.Signals>;
  /** Starts it again on the same folder, after stopping it should it still run. */
  restart(): Promise<void>;
}

const fromSources = [process.execPath, "--conditions=@aod/source"] as const;
/** Much longer than a server gives itself: who needs it hangs. */
const stopWithinMs = 60_000;

const programs = {
  "aod serve": [...fromSources, join(repositoryRoot, "apps/cli/src/bin.ts"), "serve"],
  "aod-server": [...fromSources, join(repositoryRoot, "apps/server/src/bin.ts")],
} as const;

/** Starts a real server from the sources in a process of its own: a new data directory, a free port, nothing inherited. */
export async function startServerProcess(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "aod-server-"));
  // Started by root, the embedded database runs as somebody else, who has to get to its own folder.
  chmodSync(folder, 0o755);
  let output = "";
  const launch = () => launchServer(folder, options, (text) => (output += text));
  let running = launch();
  const dispose = async (): Promise<void> => {
    await running.end("SIGTERM");
    // Turns outlive their server, and may still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    let url = await running.ready;
    return {
      get url() {
        return url;
      },
      token: savedToken(folder),
      folder,
      output: () => output,
      kill: () => running.end("SIGKILL"),
      stop: () => running.end("SIGTERM"),
      restart: async () => {
        await running.end("SIGTERM");
        running = launch();
        url = await running.ready;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw new Error(`The server did not start:\n${output}`, { cause: error });
  }
}

function launchServer(folder: string, options: ServerProcessOptions, onOutput: (text: string) => void) {
  const driver = options.driver === undefined ? "local" : options.driver;
  const { program = "aod serve" } = options;
  const [command, ...args] = typeof program === "string" ? programs[program] : program;
  const child = spawn(command, [...args, "--json", "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...serverEnvironment(folder),
      ...(driver === null ? {} : { AOD_DRIVER: driver }),
      ...options.env,
    },
  });
  const exited = once(child, "exit");
  child.stderr.setEncoding("utf8").on("data", onOutput);
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      onOutput(`${line}\n`);
      const url = readyUrl(line);
      if (url !== null) resolve(url);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new Error(`The server ended (${code ?? signal ?? "?"}) before it was ready`));
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    // A server that hangs fails its test; it must not hang the run as well.
    const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    await exited;
    clearTimeout(timer);
    return child.exitCode ?? child.signalCode ?? "SIGKILL";
  };
  return { ready, end };
}

/** What says where a server keeps its things, and hardly anything else. */
function serverEnvironment(folder: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    AOD_DATA_DIR: join(folder, "data"),
    AOD_CONFIG_DIR: join(folder, "config"),
    // Agent CLIs weigh hundreds of megabytes: installed once per machine, not per test.
    AOD_CACHE_DIR: join(testCacheFolder, "aod"),
  };
}

function readyUrl(line: string): string | null {
  if (!line.startsWith("{")) return null;
  const message = JSON.parse(line) as { event?: string; url?: string };
  return message.event === "ready" ? (message.url ?? null) : null;
}

function savedToken(folder: string): string {
  const file = join(folder, "config", "credentials.json");
  if (!existsSync(file)) throw new Error(`The server saved no credentials at ${file}`);
  const { profiles } = JSON.parse(readFileSync(file, "utf8")) as { profiles: Record<string, { token: string }> };
  const token = profiles.default?.token;
  if (token === undefined) throw new Error(`${file} has no default profile`);
  return token;
}

/** Makes another owner on a running server, as its operator would; returns the new owner's key. */
export async function addOwner(server: ServerProcess, name: string): Promise<string> {
  const [command, ...args] = programs["aod-server"];
  const { stdout } = await promisify(execFile)(command, [...args, "owners", "create", name, "--json"], {
    env: serverEnvironment(server.folder),
  });
  return (JSON.parse(stdout) as { key: string }).key;
}
