import { execFile, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NotRun } from "@aod/testing/not-run";
import type { ServerProcess } from "../../support/server-process.ts";

const run = promisify(execFile);

/** The first session installs the agent's CLI (hundreds of megabytes), should this machine not have it yet. */
export const pasteTimeoutMs = 400_000;

export const curlQuickstart: NotRun = {
  suite: "the curl lines of the quickstart",
  lacks: "curl and bash were not both found on PATH.",
};

/** Whether this machine has what the quickstart's reader is told to use. */
export function hasCurl(env: NodeJS.ProcessEnv = process.env): boolean {
  return ["curl", "bash"].every((program) => spawnSync(program, ["--version"], { env }).status === 0);
}

/** Runs the lines of a file as somebody would paste them, after the placeholders and the dialect were filled in. */
export async function paste(
  file: string,
  server: ServerProcess,
  replacements: Readonly<Record<string, string>> = {},
): Promise<string> {
  let script = readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8");
  for (const [from, to] of Object.entries(replacements)) {
    if (!script.includes(from)) throw new Error(`${file} has no ${from}`);
    script = script.replaceAll(from, to);
  }
  const env = { PATH: pathWithJq(server.folder), HOME: server.folder, BASE: server.url, TOKEN: server.token };
  try {
    const { stdout } = await run("bash", ["-c", script], { env, timeout: pasteTimeoutMs });
    return stdout;
  } catch (error) {
    const { stdout = "", code, signal } = error as { stdout?: string; code?: number; signal?: string };
    throw new Error(`${file} ended with ${code ?? signal ?? "?"} after it had printed:\n${stdout}`, { cause: error });
  }
}

/** PATH with a `jq`: the real one, else a stand-in for the one filter that the quickstart uses. */
export function pathWithJq(folder: string): string {
  const given = process.env.PATH ?? "";
  if (spawnSync("jq", ["--version"]).status === 0) return given;
  const bin = join(folder, "bin");
  const jq = join(bin, "jq");
  if (!existsSync(jq)) {
    mkdirSync(bin);
    const filter = `process.stdout.write(JSON.parse(require("fs").readFileSync(0, "utf8")).id + "\\n")`;
    writeFileSync(jq, `#!/bin/sh\nexec '${process.execPath}' -e '${filter}'\n`);
    chmodSync(jq, 0o755);
  }
  return `${bin}:${given}`;
}
