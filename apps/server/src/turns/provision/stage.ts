import type { Sandbox } from "../../sandboxes/sandbox-driver.ts";
import type { ProvisionRequest } from "./provision-request.ts";
import type { StageName } from "./stage-event.ts";

/** A stage that works in the sandbox. A thrown message becomes the stage's failure text. */
export interface Stage {
  readonly name: StageName;
  /** Whether this session has it at all; a stage that does not apply emits no event. */
  applies(request: ProvisionRequest): boolean;
  run(request: ProvisionRequest, sandbox: Sandbox): Promise<void>;
}
