import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../architecture/workspace.ts";
import { pathWithJq } from "../conformance/curl/paste.ts";
import type { ServerProcess } from "../support/server-process.ts";

const run = promisify(execFile);
const fromSources = (app: string) =>
  `'${process.execPath}' --conditions=@aod/source '${join(repositoryRoot, "apps", app, "src/bin.ts")}'`;

// What the docs call `aod` and `npm run -s aod --` is the command line from sources; npm itself would only add a second.
const prelude = `
set -euo pipefail
aod() { ${fromSources("cli")} "$@"; }
aod-server() { ${fromSources("server")} "$@"; }
npm() {
  test "$1" = run; shift
  if test "$1" = -s; then shift; fi
  local name="$1"; test "$2" = --; shift 2
  case "$name" in aod | aod-server) "$name" "$@" ;; *) return 1 ;; esac
}
`;

/** What a block has to be told about the server and the session that it is run with. */
export interface Place {
  readonly server: ServerProcess;
  /** Stands where the docs write `3f2a`. */
  readonly session?: string;
}

/**
 * Runs shell lines of the docs as a reader would, in the server's folder: what they say about the address and the key is
 * replaced by those of the server, and a line that starts one is left out.
 *
 * @returns standard output.
 * @throws when a line fails.
 */
export async function runShell(lines: string, { server, session = "3f2a" }: Place): Promise<string> {
  const own = lines
    .replaceAll(/^(?:(?:BASE|TOKEN|export ANTHROPIC_API_KEY)=|aod serve ).*\n/gm, "")
    .replaceAll("http://localhost:8777", server.url)
    .replaceAll("3f2a", session);
  const { stdout } = await run("bash", ["-c", prelude + own], {
    cwd: server.folder,
    env: {
      PATH: pathWithJq(server.folder),
      HOME: server.folder,
      BASE: server.url,
      TOKEN: server.token,
      AOD_API_URL: server.url,
      AOD_API_TOKEN: server.token,
      AOD_DATA_DIR: join(server.folder, "data"),
      AOD_CONFIG_DIR: join(server.folder, "config"),
      ANTHROPIC_API_KEY: "sk-scripted",
      GH_TOKEN: "gh-scripted",
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
      env: { PATH: process.env.PATH ?? "", AOD_API_URL: server.url, AOD_API_TOKEN: server.token },
    },
  );
  return stdout;
}

/** Runs Python of the docs against the server, in an environment that has the published client; returns standard output. */
export async function runPython(program: string, code: string, server: ServerProcess): Promise<string> {
  const own = code.replaceAll("http://localhost:8777", server.url).replaceAll("aod_...", server.token);
  const { stdout } = await run(program, ["-c", own], { env: { PATH: process.env.PATH ?? "" } });
  return stdout;
}
