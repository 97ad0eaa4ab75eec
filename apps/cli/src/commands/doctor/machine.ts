// Looks at the machine that a server here runs on.
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { broken, ok, warning } from "./check.ts";
import type { Finding } from "./check.ts";

type Env = Readonly<Record<string, string | undefined>>;

const oldestNode = [22, 19] as const;
const gigabyte = 1024 ** 3;

/** Where a server that is started here keeps things: `AOD_DATA_DIR` and `AOD_CACHE_DIR`, with the server's defaults. */
export function serverFolders(env: Env): { readonly data: string; readonly cache: string } {
  const isRoot = process.getuid?.() === 0;
  const home = env["HOME"] || homedir();
  const folder = (own: string, root: string, xdg: string, fallback: string): string =>
    env[own] || (isRoot ? root : join(env[xdg] || join(home, fallback), "aod"));
  return {
    data: folder("AOD_DATA_DIR", "/var/lib/aod", "XDG_DATA_HOME", ".local/share"),
    cache: folder("AOD_CACHE_DIR", "/var/cache/aod", "XDG_CACHE_HOME", ".cache"),
  };
}

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? ok(version)
    : broken(`${version} is too old`, `Install Node ${oldestNode.join(".")} or newer: https://nodejs.org`);
}

export async function checkNpm(env: Env): Promise<Finding> {
  const version = await versionOf("npm", env);
  return version === null
    ? broken("npm does not start, so no agent CLI can be installed", "Install Node with npm: https://nodejs.org")
    : ok(version);
}

export async function checkGit(env: Env): Promise<Finding> {
  const version = await versionOf("git", env);
  return version === null
    ? warning("git does not start, so no repository can be cloned", "Install git: https://git-scm.com/downloads")
    : ok(version.replace(/^git version /, ""));
}

export async function checkRuntimes(cacheDir: string): Promise<Finding> {
  const names = await readdir(join(cacheDir, "runtimes")).catch(() => []);
  // While one is installed, and its lock, have other forms of names.
  const installed = names.filter((name) => /^[a-z]+-\d[\w.+-]*$/.test(name) && !/\.(lock|installing)/.test(name));
  return ok(
    installed.length === 0
      ? "none is installed yet; the first session of each installs it"
      : installed.map((name) => name.replace("-", " ")).join(", "),
  );
}

export async function checkDisk(folders: readonly string[]): Promise<Finding> {
  const spaces = await Promise.all(
    folders.map(async (folder) => {
      const existing = await nearestFolder(folder);
      const { bavail, bsize } = await statfs(existing);
      return { folder, free: bavail * bsize, writable: await isWritable(existing) };
    }),
  );
  const closed = spaces.find(({ writable }) => !writable);
  if (closed) {
    return broken(`${closed.folder} cannot be written`, "Set AOD_DATA_DIR and AOD_CACHE_DIR to folders of yours.");
  }
  const least = spaces.reduce((a, b) => (b.free < a.free ? b : a));
  const message = `${(least.free / gigabyte).toFixed(1)} GB free for ${least.folder}`;
  const fix = "Make room, or set AOD_DATA_DIR and AOD_CACHE_DIR to folders on another disk.";
  if (least.free < gigabyte / 2) return broken(message, fix);
  return least.free < 2 * gigabyte ? warning(message, fix) : ok(message);
}

/** Whether a server could be started where none answers. */
export async function checkPort(url: URL): Promise<Finding> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const probe = createServer();
  const problem = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    probe.once("error", resolve);
    probe.listen(port, url.hostname.replace(/[[\]]/g, ""), () => resolve(null));
  });
  probe.close();
  if (problem === null) return ok(`${port} is free for aod serve`);
  return problem.code === "EADDRINUSE"
    ? broken(`${port} is taken by another program`, "Stop that program, or choose another: aod serve --port 0")
    : broken(`${port} cannot be listened on: ${problem.message}`, "Choose another: aod serve --port 0");
}

async function versionOf(program: string, env: Env): Promise<string | null> {
  try {
    const options = { env: { ...env }, timeout: 30_000, shell: process.platform === "win32" };
    const { stdout } = await promisify(execFile)(program, ["--version"], options);
    return stdout.trim();
  } catch {
    return null;
  }
}

/** A folder that is not there yet is made in the nearest one that is. */
async function nearestFolder(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists || dirname(path) === path) return path;
  }
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
