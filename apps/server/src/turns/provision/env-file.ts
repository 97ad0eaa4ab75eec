import { ENV_FILE, shellQuote } from "../../runtimes/sandbox-environment.ts";
import type { ProvisionRequest } from "./provision-request.ts";
import type { Stage } from "./stage.ts";

/** bash refuses to assign these and would print an error on every turn. */
const READ_ONLY = new Set(["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"]);

/** Writes what every later program of the session sources. */
export const envFileStage: Stage = {
  name: "env_file",
  applies: () => true,
  run: (request, sandbox) => sandbox.writeFile(ENV_FILE, renderEnvFile(request), 0o600),
};

/** `KEY=<shell-quoted value>` lines: ours, the environment's, the session's secrets; the last one wins. */
function renderEnvFile(request: Pick<ProvisionRequest, "sessionId" | "model" | "envVars" | "secretEnvVars">): string {
  const ours = { AOD_SESSION_ID: request.sessionId, AOD_MODEL: request.model };
  const entries = [
    ...Object.entries(ours).filter(([, value]) => value !== ""),
    ...sorted(request.envVars),
    ...sorted(request.secretEnvVars),
  ];
  return entries
    .filter(([name]) => !READ_ONLY.has(name))
    .map(([name, value]) => `${name}=${shellQuote(value)}\n`)
    .join("");
}

function sorted(variables: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1));
}
