import type { EgressPolicy, SandboxDriver } from "../../sandboxes/sandbox-driver.ts";
import type { Stage } from "./stage.ts";

/** Whether sandboxes of this driver really keep to the policy. */
export function canEnforce(driver: SandboxDriver, egress: EgressPolicy): boolean {
  if (egress.type === "unrestricted") return true;
  const finest = driver.capabilities.egress;
  return finest === "host" || (finest === "ip" && egress.allowedHosts.length === 0);
}

/** The driver was given the policy at create; this stage refuses what it could not have enforced. */
export const networkPolicyStage: Stage = {
  name: "network_policy",
  applies: ({ egress }) => egress.type === "limited",
  run: ({ driver, egress }) => {
    if (canEnforce(driver, egress)) return Promise.resolve();
    return Promise.reject(
      new Error(
        `Sandbox driver '${driver.kind}' cannot limit network access. Use an environment whose networking type is 'unrestricted', or run the server with a driver that can limit it.`,
      ),
    );
  },
};
