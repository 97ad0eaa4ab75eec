import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NotRun } from "@aod/testing/not-run";
import { testCacheFolder } from "../../support/test-cache.ts";

const run = promisify(execFile);
const client = "aod-sdk==0.1.0";
const oldest = { major: 3, minor: 10 };

export const pythonTour: NotRun = {
  suite: `the tour of the real Python client (${client})`,
  lacks: `No Python >= ${oldest.major}.${oldest.minor} with venv was found on PATH.`,
};

/** A Python that the real client can run on. */
export interface Python {
  readonly command: string;
  /** `3.11` */
  readonly version: string;
}

/** The first Python on PATH that is new enough and can make virtual environments (Debian packs those apart), or null. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python | null> {
  for (const command of ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    const script = "import ensurepip, sys, venv; print(*sys.version_info[:2], sep='.')";
    const version = await run(command, ["-c", script], { env }).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major === oldest.major && minor >= oldest.minor) return { command, version };
  }
  return null;
}

/** The Python program of a virtual environment that holds the real client; made once per machine. */
export async function installClient(python: Python): Promise<string> {
  const folder = join(testCacheFolder, `python-${python.version}-with-${client.replace("==", "-")}`);
  const program = join(folder, "bin", "python");
  if (existsSync(program)) return program;
  mkdirSync(testCacheFolder, { recursive: true });
  // Moved into place when it is whole: several suites may want it at the same time.
  const made = mkdtempSync(`${folder}.new-`);
  await run(python.command, ["-m", "venv", made]);
  const patience = ["--retries", "10", "--timeout", "60"];
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...patience, client];
  await run(join(made, "bin", "python"), install);
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}
