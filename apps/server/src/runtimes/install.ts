import { spawn } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { withFileLock } from "./file-lock.ts";
import type { Machine } from "./machine.ts";
import { thisMachine } from "./machine.ts";
import type { Runtime, RuntimePackage } from "./runtime.ts";

/** An installed agent CLI, in absolute paths of this machine. */
export interface InstalledRuntime {
  /** How to start it: the program, or an interpreter and a file. Empty for a runtime that needs no install. */
  readonly program: readonly string[];
  /** Folders of helper programs for the end of its PATH. */
  readonly pathFolders: readonly string[];
}

/** An agent CLI is missing and could not be installed. The message says what failed and what to do. */
export class RuntimeInstallError extends Error {
  override readonly name = "RuntimeInstallError";
}

export interface InstallOptions {
  /** `AOD_CACHE_DIR`; programs go to `runtimes/<name>-<version>` in it. */
  readonly cacheDir: string;
  readonly machine?: Machine;
  /** Variables npm is started with; default this process's own without ours. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

const INSTALL_TIMEOUT_MS = 10 * 60_000;
const LEFTOVER = ".installing-";

/**
 * Makes a Node program wait for its output to be read. Otherwise it queues what a pipe cannot take, and loses that when it
 * ends with process.exit(): the tail of a long answer, with exit code 0.
 */
const BLOCKING_OUTPUT =
  "data:text/javascript,for(const s of[process.stdout,process.stderr])s._handle?.setBlocking?.(true)";

/**
 * Makes sure the pinned version of a runtime is on this machine and says how to start it. Many processes may ask at once:
 * one installs, the others wait. A folder with its final name is always complete.
 *
 * @throws RuntimeInstallError when npm or the registry cannot be used, or there is no build for this machine.
 */
export async function installRuntime(runtime: Runtime, options: InstallOptions): Promise<InstalledRuntime> {
  if (runtime.install === undefined) return { program: [], pathFolders: [] };
  const machine = options.machine ?? thisMachine();
  const wanted = runtime.install(machine);
  if (wanted === null) {
    throw new RuntimeInstallError(
      `Runtime '${runtime.name}' has no build for ${machine.platform}-${machine.arch}${machine.musl ? "-musl" : ""}. Use another runtime or another machine.`,
    );
  }
  const root = join(options.cacheDir, "runtimes");
  const folder = join(root, `${runtime.name}-${wanted.version}`);
  const bin = join(folder, wanted.bin);
  if (!(await exists(bin))) {
    await mkdir(root, { recursive: true }).catch((error: unknown) => {
      throw new RuntimeInstallError(
        `Runtime '${runtime.name}' cannot be installed to ${root}. Set AOD_CACHE_DIR to a folder that the server may write.`,
        { cause: error },
      );
    });
    await withFileLock(
      `${folder}.lock`,
      { maxAgeMs: INSTALL_TIMEOUT_MS + 60_000, signal: options.signal },
      async () => {
        if (!(await exists(bin))) await install(runtime.name, wanted, folder, options);
      },
    );
  }
  return {
    program: wanted.interpreter === "node" ? [process.execPath, "--import", BLOCKING_OUTPUT, bin] : [bin],
    pathFolders: (wanted.pathFolders ?? []).map((path) => join(folder, path)),
  };
}

async function install(name: string, wanted: RuntimePackage, folder: string, options: InstallOptions): Promise<void> {
  const label = `runtime '${name}' ${wanted.version}`;
  await removeLeftovers(folder);
  const fresh = await mkdtemp(`${folder}${LEFTOVER}`);
  try {
    await chmod(fresh, 0o755);
    await writeFile(join(fresh, "package.json"), JSON.stringify({ private: true, dependencies: wanted.packages }));
    await npmInstall(label, fresh, options);
    if (!(await exists(join(fresh, wanted.bin)))) {
      throw new RuntimeInstallError(
        `Installing ${label} brought no ${wanted.bin}: its packages have changed their layout.`,
      );
    }
    await rename(fresh, folder);
  } catch (error) {
    // Another process may have been quicker.
    if (await exists(join(folder, wanted.bin))) return;
    throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Removes what killed installs left behind, but nothing that another process may still be working on. */
async function removeLeftovers(folder: string): Promise<void> {
  const prefix = `${basename(folder)}${LEFTOVER}`;
  for (const name of await readdir(dirname(folder))) {
    const path = join(dirname(folder), name);
    if (name.startsWith(prefix) && Date.now() - (await stat(path)).mtimeMs > 2 * INSTALL_TIMEOUT_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function npmInstall(label: string, cwd: string, options: InstallOptions): Promise<void> {
  // No install scripts: nothing foreign runs here, and the programs are used straight from their platform packages.
  const argv = [
    "install",
    "--ignore-scripts",
    "--omit=optional",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    // Two more tries, but without npm's minutes between them.
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
    "--loglevel=error",
  ];
  const timeout = AbortSignal.timeout(INSTALL_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const child = spawn("npm", argv, {
    cwd,
    env: options.env ?? npmEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
    signal,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  const result = await new Promise<number | string | Error>((resolve) => {
    child.once("error", resolve);
    child.once("close", (code, killedBy) => resolve(code ?? killedBy ?? "unknown"));
  });
  if (result === 0) return;
  options.signal?.throwIfAborted();
  if (result instanceof Error && "code" in result && result.code === "ENOENT") {
    throw new RuntimeInstallError(
      `Installing ${label} failed: npm was not found on the server's PATH. Install npm (it comes with Node.js) and try again.`,
      { cause: result },
    );
  }
  if (timeout.aborted) {
    throw new RuntimeInstallError(
      `Installing ${label} took longer than ${INSTALL_TIMEOUT_MS / 60_000} minutes. Check that the npm registry is reachable from the server (npm ping).`,
    );
  }
  const reason = result instanceof Error ? result.message : `npm ended with ${result}`;
  throw new RuntimeInstallError(
    `Installing ${label} failed: ${reason}. Check that the npm registry is reachable from the server (npm ping) and try again.\n${stderr.trim()}`,
  );
}

/** This process's variables but its own settings and those an outer npm run set for itself. */
function npmEnvironment(): Record<string, string | undefined> {
  const isOurs = (name: string) =>
    name === "DATABASE_URL" || /^(AOD_|npm_(lifecycle|package|command|config_local_prefix))/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
