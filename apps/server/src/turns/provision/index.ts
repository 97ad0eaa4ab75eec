export { provisionSession, type ProvisionedSession, type ProvisionRequest } from "./provision-session.ts";
export { ProvisionError } from "./provision-error.ts";
export type { StageEvent, StageName } from "./stage.ts";
