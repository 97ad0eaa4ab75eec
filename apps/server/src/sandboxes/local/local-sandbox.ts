import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { ExecOptions, ExecResult, Sandbox, SandboxPaths, SupervisedTurn, TurnSpec } from "../sandbox-driver.ts";
import { FolderTurn } from "../supervisor/supervised-turn.ts";
import type { SupervisorPool } from "../supervisor/supervisor-pool.ts";
import { assertRoom, makeTurnFolder } from "../supervisor/turn-folder.ts";
import { readContained, writeContained } from "./contained-files.ts";
import { endSandbox } from "./end-sandbox.ts";
import { resolveLocalPath, type LocalPaths } from "./local-paths.ts";
import { execMarker, sandboxMarker, turnMarker } from "./markers.ts";
import { runToEnd } from "./run-to-end.ts";
import { takeAway } from "./sandbox-folders.ts";
import { readStarts, type ClaimedStart } from "./turn-starts.ts";

export interface LocalSandboxOptions {
  readonly ref: string;
  readonly paths: LocalPaths;
  /** Where this making of the sandbox keeps its turns: gone for ever when the sandbox is removed. */
  readonly runFolder: string;
  readonly supervisors: SupervisorPool;
  readonly graceMs: number;
  readonly abandonAfterMs: number;
}

/** A folder on this machine. No isolation: what runs in it is an ordinary process of the server's user. */
export class LocalSandbox implements Sandbox {
  readonly ref: string;
  readonly paths: SandboxPaths;
  readonly #options: LocalSandboxOptions;
  readonly #paths: LocalPaths;

  constructor(options: LocalSandboxOptions) {
    this.ref = options.ref;
    this.#options = options;
    this.#paths = options.paths;
    this.paths = { home: options.paths.home, workspace: options.paths.workspace, tmp: options.paths.tmp };
  }

  resolve(path: string): string {
    return resolveLocalPath(this.#paths, path);
  }

  writeFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
    return writeContained(this.#paths.root, this.resolve(path), content, mode);
  }

  readFile(path: string): Promise<Uint8Array> {
    return readContained(this.#paths.root, this.resolve(path));
  }

  exec(options: ExecOptions): Promise<ExecResult> {
    const id = randomUUID();
    return runToEnd({
      argv: options.argv,
      cwd: options.cwd === undefined ? this.paths.workspace : this.resolve(options.cwd),
      env: this.#withMarkers(options.env, { [execMarker]: id }),
      stdin: options.stdin ?? "",
      marker: `${execMarker}=${id}`,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
    });
  }

  async startTurn(spec: TurnSpec): Promise<SupervisedTurn> {
    for (;;) {
      const { claimed, count } = await readStarts(this.#options.runFolder, spec.id);
      if (claimed !== null) return toTurn(spec.id, claimed);
      // Looked at before a folder is made: each start that fails later leaves one behind.
      assertRoom(this.#paths.root, Buffer.byteLength(spec.stdin));
      // Only behind starts that are known to be void: a folder that appeared meanwhile is looked at first.
      const folder = this.#makeFolder(spec.id, count + 1);
      if (folder === null) continue;
      await this.#options.supervisors.start({
        folder,
        argv: spec.argv,
        cwd: spec.cwd,
        env: this.#withMarkers(spec.env, { [turnMarker]: spec.id }),
        marker: `${turnMarker}=${spec.id}`,
        stdin: spec.stdin,
        timeoutMs: spec.timeoutMs,
        maxOutputBytes: spec.maxOutputBytes ?? 0,
        graceMs: this.#options.graceMs,
        abandonAfterMs: this.#options.abandonAfterMs,
      });
    }
  }

  async attachTurn(id: string): Promise<SupervisedTurn | null> {
    const { claimed } = await readStarts(this.#options.runFolder, id);
    return claimed === null ? null : toTurn(id, claimed);
  }

  // Taken away before anything is ended: nothing new starts in it meanwhile, and what was made in its place stays.
  async destroy(): Promise<void> {
    const gone = takeAway(this.#paths.root, this.#options.runFolder);
    if (gone !== null) await endSandbox(gone);
  }

  /** The markers come first, where they are found however long the environment is, and cannot be overridden. */
  #withMarkers(
    env: Readonly<Record<string, string>> | undefined,
    marker: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const markers = { ...marker, [sandboxMarker]: basename(this.#options.runFolder) };
    return { ...markers, ...env, ...markers };
  }

  #turnFolder(id: string): string {
    return join(this.#options.runFolder, id);
  }

  /** @returns null when another process made the same folder first. */
  #makeFolder(id: string, start: number): string | null {
    // Fails when this sandbox was removed and made anew meanwhile: its run folder has another name then.
    if (start === 1) makeFolder(this.#turnFolder(id));
    const folder = join(this.#turnFolder(id), String(start));
    return makeTurnFolder(folder) ? folder : null;
  }
}

function toTurn(id: string, { folder, supervisor }: ClaimedStart): SupervisedTurn {
  return new FolderTurn({ id, folder, marker: `${turnMarker}=${id}`, supervisor });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
