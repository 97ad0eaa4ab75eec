import type { DriverKind } from "../domain/isolation.ts";

/** What a driver can enforce. What it cannot is an error at create, never a silent downgrade. */
export interface SandboxCapabilities {
  /** The sandbox cannot see or change files of the host. */
  readonly filesystem: boolean;
  /** Finest egress rule it can enforce. */
  readonly egress: "none" | "ip" | "host";
  /** The sandbox and what runs in it outlive the server process. */
  readonly survivesServer: boolean;
}

export interface ProbeResult {
  readonly ok: boolean;
  readonly missing: readonly { what: string; fix: string }[];
}

export type EgressPolicy =
  { readonly type: "unrestricted" } | { readonly type: "limited"; readonly allowedHosts: readonly string[] };

export interface SandboxSpec {
  /** Stable id; creating twice with one id gives the same sandbox. */
  readonly id: string;
  readonly egress: EgressPolicy;
}

/** One kind of isolated place. Implementations: one file each in this folder. */
export interface SandboxDriver {
  readonly kind: DriverKind;
  readonly capabilities: SandboxCapabilities;
  /** Really tries what the driver needs. */
  probe(): Promise<ProbeResult>;
  create(spec: SandboxSpec): Promise<Sandbox>;
  /** The sandbox again after a restart, or null when it is gone. */
  attach(ref: string): Promise<Sandbox | null>;
  /** Whether this machine can tell if the sandbox exists: `attach` says null for one that is elsewhere, too. */
  reaches(ref: string): boolean;
  /** References of all sandboxes that exist here, for the orphan sweep. */
  list(): Promise<string[]>;
  /** Gets ready to start turns quickly; only workers do. */
  warm(): Promise<void>;
  /** Lets go of what `warm` holds. Running turns and sandboxes stay. */
  close(): void;
}

export interface ExecOptions {
  /** Never a shell string. */
  readonly argv: readonly [string, ...string[]];
  /** Path inside the sandbox; default the workspace. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where things are inside the sandbox: absolute paths as the program in it sees them. */
export interface SandboxPaths {
  readonly home: string;
  readonly workspace: string;
  readonly tmp: string;
}

export interface Sandbox {
  readonly ref: string;
  readonly paths: SandboxPaths;
  /** A path of the wire (`/workspace/x`, `/home/sprite/y`, any absolute) as the program inside sees it. */
  resolve(path: string): string;
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  readFile(path: string): Promise<Uint8Array>;
  /** Runs to the end and collects; for provisioning. The process group ends with it. */
  exec(options: ExecOptions): Promise<ExecResult>;
  /** Starts a turn under a supervisor that outlives this process. On a full disk it rejects with ENOSPC, and can be repeated. */
  startTurn(spec: TurnSpec): Promise<SupervisedTurn>;
  /** The supervised turn again after a restart, or null when it was never started. */
  attachTurn(id: string): Promise<SupervisedTurn | null>;
  /** Ends everything that runs in it and removes it. */
  destroy(): Promise<void>;
}

export interface TurnSpec {
  /** `<session id>-<turn number>`. */
  readonly id: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Written to the program's standard input, which is then closed. */
  readonly stdin: string;
  readonly timeoutMs: number;
  /** Of both streams together; the turn is ended behind it. 0 is no limit. @default 0 */
  readonly maxOutputBytes?: number;
}

export type TurnRecord =
  | {
      readonly type: "output";
      readonly stream: "stdout" | "stderr";
      readonly bytes: Uint8Array;
      readonly time: number;
      readonly nextOffset: number;
    }
  | { readonly type: "end"; readonly end: TurnEnd; readonly nextOffset: number };

/** Why a supervised program is over; proven by the supervisor, or by its own and its child's death. */
export type TurnEnd =
  | { readonly reason: "exit"; readonly code: number }
  | { readonly reason: "signal"; readonly signal: string }
  | { readonly reason: "timeout" }
  | { readonly reason: "output"; readonly maxBytes: number }
  | { readonly reason: "killed" }
  | { readonly reason: "spawn"; readonly message: string }
  | { readonly reason: "abandoned" }
  | { readonly reason: "lost" };

export interface SupervisedTurn {
  readonly id: string;
  /** Records from `offset` on, following until the end record; ends after it. Never slows the program down. */
  records(options: { offset: number; signal: AbortSignal }): AsyncIterable<TurnRecord>;
  /** Tells the supervisor that a worker still wants this turn. Rejects when it cannot be told now. */
  renew(): Promise<void>;
  /** Asks the program to stop (SIGINT, the runtime's choice of first signal). Rejects when it cannot be asked. */
  interrupt(signal: NodeJS.Signals): Promise<void>;
  /** Ends the whole process group and its leftovers; resolves when they are gone. */
  kill(): Promise<void>;
}
