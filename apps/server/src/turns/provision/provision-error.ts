import type { StageName } from "./stage-event.ts";

/**
 * A session could not be prepared. The message is the text for the user (`provision failed: <message>`) and holds no secret.
 */
export class ProvisionError extends Error {
  override readonly name = "ProvisionError";
  readonly stage: StageName;

  constructor(stage: StageName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
  }
}
