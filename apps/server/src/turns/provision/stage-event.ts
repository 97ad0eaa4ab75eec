/** The stages in their order, by the names that clients know. `runtime_start` is the worker's own, per turn. */
export type StageName =
  | "create_sprite"
  | "install_runtime"
  | "network_policy"
  | "env_file"
  | "git_credentials"
  | "provision_setup"
  | "runtime_config"
  | "skills";

/** One `stage` event: the fields are the wire's, in emission order. */
export type StageEvent =
  | { readonly stage: StageName; readonly state: "started" }
  | { readonly stage: StageName; readonly state: "done"; readonly duration_ms: number }
  | { readonly stage: StageName; readonly state: "failed"; readonly duration_ms: number; readonly message?: string };
