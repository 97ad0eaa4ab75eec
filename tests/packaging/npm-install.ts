import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** More tries than npm's own, and without its minutes between them: a registry may stumble. */
const patience = ["--fetch-retries=5", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=20000"];

/** Installs what the package.json of a folder wants from the npm registry. */
export async function npmInstall(folder: string, env: NodeJS.ProcessEnv, ...flags: readonly string[]): Promise<void> {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  await promisify(execFile)("npm", ["install", ...quiet, ...patience, ...flags], { cwd: folder, env });
}
