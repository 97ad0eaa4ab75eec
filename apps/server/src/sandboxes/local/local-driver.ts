import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type {
  EgressPolicy,
  ProbeResult,
  Sandbox,
  SandboxCapabilities,
  SandboxDriver,
  SandboxSpec,
} from "../sandbox-driver.ts";
import { SupervisorPool } from "../supervisor/supervisor-pool.ts";
import { localPaths } from "./local-paths.ts";
import { LocalSandbox } from "./local-sandbox.ts";
import { endSandbox } from "./end-sandbox.ts";
import { findRunFolder, listSandboxes, listTakenAway, makeSandboxFolder } from "./sandbox-folders.ts";

export interface LocalDriverOptions {
  /** Where the sandboxes are. */
  readonly folder: string;
  /** Names this machine in references. */
  readonly hostId: string;
  /** Between asking a program to stop and making it. @default 5000 */
  readonly graceMs?: number;
  /** How long a supervisor waits for a worker before it gives its program up. @default 600000 */
  readonly abandonAfterMs?: number;
}

/** The driver cannot enforce what was asked for. The message says what to do instead. */
export class UnsupportedSandboxError extends Error {
  override readonly name = "UnsupportedSandboxError";
}

/** Sandboxes that are folders of this machine, without isolation: for the user's own work, by explicit choice only. */
export class LocalDriver implements SandboxDriver {
  readonly kind = "local";
  readonly capabilities: SandboxCapabilities = { filesystem: false, egress: "none", survivesServer: true };
  readonly #options: LocalDriverOptions;
  readonly #supervisors = new SupervisorPool();

  constructor(options: LocalDriverOptions) {
    this.#options = options;
  }

  async probe(): Promise<ProbeResult> {
    const missing: { what: string; fix: string }[] = [];
    try {
      await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
      await rm(await mkdtemp(join(this.#options.folder, ".probe-")), { recursive: true });
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      missing.push({
        what: `a writable folder for sandboxes (${this.#options.folder}: ${reason})`,
        fix: "Set AOD_DATA_DIR to a folder that the server may write.",
      });
    }
    if (spawnSync("bash", ["-c", "exit 0"]).status !== 0) {
      missing.push({ what: "bash", fix: "Install bash and put it on the server's PATH." });
    }
    return { ok: missing.length === 0, missing };
  }

  async create(spec: SandboxSpec): Promise<Sandbox> {
    assertEnforceable(spec.egress);
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const root = join(this.#options.folder, spec.id);
    await makeSandboxFolder(root);
    const sandbox = await this.#open(spec.id);
    if (sandbox === null) throw new Error(`The sandbox folder ${root} exists but is not one: remove it`);
    return sandbox;
  }

  attach(ref: string): Promise<Sandbox | null> {
    return this.reaches(ref) ? this.#open(ref.slice(this.#options.hostId.length + 1)) : Promise.resolve(null);
  }

  reaches(ref: string): boolean {
    return ref.startsWith(`${this.#options.hostId}:`);
  }

  async list(): Promise<string[]> {
    return (await listSandboxes(this.#options.folder)).map((id) => this.#ref(id));
  }

  async warm(): Promise<void> {
    this.#supervisors.warm();
    // Removals that a crash interrupted. One that fails, on files that belong to somebody else, keeps nobody from working.
    for (const gone of await listTakenAway(this.#options.folder)) await endSandbox(gone).catch(() => undefined);
  }

  close(): void {
    this.#supervisors.close();
  }

  async #open(id: string): Promise<Sandbox | null> {
    const root = join(this.#options.folder, id);
    const runFolder = await findRunFolder(root);
    if (runFolder === null) return null;
    return new LocalSandbox({
      ref: this.#ref(id),
      paths: localPaths(root),
      runFolder,
      supervisors: this.#supervisors,
      graceMs: this.#options.graceMs ?? 5_000,
      abandonAfterMs: this.#options.abandonAfterMs ?? 600_000,
    });
  }

  #ref(id: string): string {
    return `${this.#options.hostId}:${id}`;
  }
}

function assertEnforceable(egress: EgressPolicy): void {
  if (egress.type === "unrestricted") return;
  throw new UnsupportedSandboxError(
    "The local driver cannot limit network access (networking.type 'limited'). " +
      "Use an environment with networking.type 'unrestricted', or a driver that isolates.",
  );
}
