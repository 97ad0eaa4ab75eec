import { installRuntime } from "../../runtimes/install.ts";
import type { EgressPolicy, Sandbox } from "../../sandboxes/sandbox-driver.ts";
import { canEnforce, networkPolicyStage } from "./network-policy.ts";
import { envFileStage } from "./env-file.ts";
import { gitCredentialsStage } from "./git-credentials.ts";
import { ProvisionError } from "./provision-error.ts";
import type { ProvisionRequest } from "./provision-request.ts";
import { provisionSetupStage } from "./provision-setup.ts";
import { redact } from "./redact.ts";
import { runtimeConfigStage } from "./runtime-config.ts";
import { skillsStage } from "./skills.ts";
import type { StageName } from "./stage-event.ts";
import type { Stage } from "./stage.ts";

const installRuntimeStage: Stage = {
  name: "install_runtime",
  applies: () => true,
  run: async ({ runtime, cacheDir, signal }) => {
    await installRuntime(runtime, { cacheDir, signal });
  },
};

/** In the order in which clients expect their events; the sandbox itself comes before them. */
const stages: readonly Stage[] = [
  installRuntimeStage,
  networkPolicyStage,
  envFileStage,
  gitCredentialsStage,
  provisionSetupStage,
  runtimeConfigStage,
  skillsStage,
];

/**
 * Makes the sandbox of a session and everything in it that turn 1 needs. The caller removes the sandbox when
 * this fails after `onSandbox`.
 *
 * @throws ProvisionError when a stage failed; its `failed` stage event has been emitted by then.
 */
export async function provisionSession(request: ProvisionRequest): Promise<Sandbox> {
  const sandbox = await runStage(request, "create_sprite", async () => {
    const created = await createSandbox(request);
    await request.onSandbox(created);
    return created;
  });
  for (const stage of stages) {
    if (stage.applies(request)) await runStage(request, stage.name, () => stage.run(request, sandbox));
  }
  return sandbox;
}

async function createSandbox({ driver, sessionId, egress }: ProvisionRequest): Promise<Sandbox> {
  // What the driver cannot enforce fails in its own stage, before anything of the user's runs.
  const policy: EgressPolicy = canEnforce(driver, egress) ? egress : { type: "unrestricted" };
  try {
    return await driver.create({ id: sessionId, egress: policy });
  } catch (error) {
    throw new Error(`Failed to create Sprite: ${toMessage(error)}`, { cause: error });
  }
}

async function runStage<T>(request: ProvisionRequest, stage: StageName, work: () => Promise<T>): Promise<T> {
  request.signal.throwIfAborted();
  await request.onStage({ stage, state: "started" });
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    request.signal.throwIfAborted();
    const message = redact(toMessage(error), request);
    await request.onStage({ stage, state: "failed", duration_ms: durationMs(), ...(message !== "" && { message }) });
    throw new ProvisionError(stage, message, { cause: error });
  }
  await request.onStage({ stage, state: "done", duration_ms: durationMs() });
  return result;
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
