export { ProvisionError } from "./provision-error.ts";
export type { ProvisionRequest } from "./provision-request.ts";
export { provisionSession } from "./provision-session.ts";
export type { StageEvent } from "./stage-event.ts";
