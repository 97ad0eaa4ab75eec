import { loadEnvironment, sandboxEnvironment } from "../../runtimes/sandbox-environment.ts";
import type { ExecResult, Sandbox } from "../../sandboxes/sandbox-driver.ts";
import type { ProvisionRequest } from "./provision-request.ts";
import { redactedEnd, type SecretHolder } from "./redact.ts";

const TIMEOUT_MS = 30 * 60_000;
const STDERR_CHARACTERS = 2000;

/** What masks the output, and what ends the program early. */
type RunContext = SecretHolder & Pick<ProvisionRequest, "signal">;

/**
 * Runs a program in the workspace with the session's variables, as a turn would.
 *
 * @param what Begins the failure text.
 * @throws Error with the end of its standard error, secrets masked, when it did not exit with 0; the signal's reason.
 */
export async function runInSandbox(sandbox: Sandbox, what: string, argv: readonly string[], context: RunContext) {
  const { signal } = context;
  const env = sandboxEnvironment(sandbox);
  const shell = `${loadEnvironment(sandbox, env)}; exec "$@"`;
  let result: ExecResult;
  try {
    result = await sandbox.exec({ argv: ["bash", "-lc", shell, "--", ...argv], env, timeoutMs: TIMEOUT_MS, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const { exitCode } = result;
  if (exitCode === 0) return;
  const end = exitCode === null ? `ended by ${result.signal ?? "an unknown signal"}` : `exit code ${exitCode}`;
  const stderr = redactedEnd(result.stderr, context, STDERR_CHARACTERS);
  throw new Error(`${what} failed: ${end}${stderr.trim() === "" ? "" : `\nstderr:\n${stderr}`}`);
}
