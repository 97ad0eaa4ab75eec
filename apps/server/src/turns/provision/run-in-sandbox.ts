import { loadEnvironment, sandboxEnvironment } from "../../runtimes/sandbox-environment.ts";
import type { ExecResult, Sandbox } from "../../sandboxes/sandbox-driver.ts";

const TIMEOUT_MS = 30 * 60_000;
const STDERR_CHARACTERS = 2000;

/**
 * Runs a program in the workspace with the session's variables, as a turn would.
 *
 * @param what Begins the failure text.
 * @throws Error with the end of its standard error when it did not exit with 0.
 */
export async function runInSandbox(sandbox: Sandbox, what: string, argv: readonly string[], signal: AbortSignal) {
  const env = sandboxEnvironment(sandbox);
  const result = await sandbox.exec({
    argv: ["bash", "-lc", `${loadEnvironment(sandbox, env)}; exec "$@"`, "--", ...argv],
    env,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (result.exitCode === 0) return;
  const stderr = result.stderr.slice(-STDERR_CHARACTERS);
  throw new Error(`${what} failed: ${describeEnd(result)}${stderr.trim() === "" ? "" : `\nstderr:\n${stderr}`}`);
}

function describeEnd({ exitCode, signal }: ExecResult): string {
  return exitCode === null
    ? `ended by ${signal ?? `its limit of ${TIMEOUT_MS / 60_000} minutes`}`
    : `exit code ${exitCode}`;
}
