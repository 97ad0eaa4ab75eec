import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../architecture/workspace.ts";
import { pathWithJq } from "../conformance/curl/paste.ts";
import type { ServerProcess } from "../support/server-process.ts";

const run = promisify(execFile);
const cli = join(repositoryRoot, "apps/cli/src/bin.ts");

// What the docs call `aod` and `npm run -s aod --` is the command line from sources; npm itself would only add a second.
const prelude = `
set -euo pipefail
aod() { '${process.execPath}' --conditions=@aod/source '${cli}' "$@"; }
npm() { test "$1 $2 $3 $4" = "run -s aod --"; shift 4; aod "$@"; }
`;

/**
 * Runs shell lines of the docs as a reader would, in the server's folder: what they say about the address and the key is
 * replaced by those of the server.
 *
 * @returns standard output.
 * @throws when a line fails.
 */
export async function runShell(lines: string, server: ServerProcess): Promise<string> {
  const own = lines.replaceAll(/^(?:BASE|TOKEN|export ANTHROPIC_API_KEY)=.*\n/gm, "");
  const { stdout } = await run("bash", ["-c", prelude + own], {
    cwd: server.folder,
    timeout: 280_000,
    env: {
      PATH: pathWithJq(server.folder),
      HOME: server.folder,
      BASE: server.url,
      TOKEN: server.token,
      AOD_API_URL: server.url,
      AOD_API_TOKEN: server.token,
      ANTHROPIC_API_KEY: "sk-scripted",
    },
  });
  return stdout;
}

/** Runs TypeScript of the docs against the server, with the repository's own packages; returns standard output. */
export async function runTypeScript(code: string, server: ServerProcess): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    ["--conditions=@aod/source", "--input-type=module-typescript", "--eval", code],
    {
      // Names of packages are looked up from here.
      cwd: join(repositoryRoot, "tests"),
      timeout: 100_000,
      env: { PATH: process.env.PATH ?? "", AOD_API_URL: server.url, AOD_API_TOKEN: server.token },
    },
  );
  return stdout;
}
