import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../architecture/workspace.ts";

const programs = join(repositoryRoot, "node_modules", ".bin");

/** Runs turbo in the repository, which looks for pnpm on the PATH; returns standard output. */
export async function runTurbo(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(join(programs, "turbo"), args, {
    cwd: repositoryRoot,
    env: {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env.PATH ?? ""}`,
      TURBO_TELEMETRY_DISABLED: "1",
    },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
