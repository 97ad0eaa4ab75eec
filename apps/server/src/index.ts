export { ConfigError, readEnv, type ServerEnv, type ServerRole } from "./env.ts";
export { startServer, type FirstKey, type RunningServer } from "./server.ts";
export type { Services } from "./services.ts";
export { StoreError, type StoreErrorReason } from "./store/store-error.ts";
