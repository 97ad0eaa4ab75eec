import type { McpServer, PackageManager, Skill } from "@aod/core";
import type { Runtime } from "../../runtimes/runtime.ts";
import type { EgressPolicy, Sandbox, SandboxDriver } from "../../sandboxes/sandbox-driver.ts";
import type { StageEvent } from "./stage-event.ts";

/** A repository to clone. */
export interface Repository {
  /** `https://github.com/<owner>/<repo>`. */
  readonly url: string;
  /** On the wire's terms, e.g. `/workspace/repo`. */
  readonly mountPath: string;
  readonly token: string | null;
}

/** Everything turn 1 needs to know of a session, secrets opened. */
export interface ProvisionRequest {
  readonly sessionId: string;
  readonly driver: SandboxDriver;
  readonly runtime: Runtime;
  /** `AOD_CACHE_DIR`. */
  readonly cacheDir: string;
  readonly model: string;
  readonly mcpServers: readonly McpServer[];
  readonly skills: readonly Skill[];
  readonly packages: Readonly<Partial<Record<PackageManager, readonly string[]>>>;
  readonly setupScript: string;
  readonly egress: EgressPolicy;
  /** Of the environment. */
  readonly envVars: Readonly<Record<string, string>>;
  /** Of the session; wins over `envVars`. */
  readonly secretEnvVars: Readonly<Record<string, string>>;
  readonly repositories: readonly Repository[];
  /** Called in order, one event at a time; provisioning waits for it. */
  readonly onStage: (event: StageEvent) => Promise<void>;
  /** Called as soon as the sandbox exists, so that its reference can be stored before anything else fails. */
  readonly onSandbox: (sandbox: Sandbox) => Promise<void>;
  /** Ends the stage at work; provisioning then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}
