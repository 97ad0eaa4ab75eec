import { existsSync, readFileSync, rmSync, statSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { controlFolder, interruptFile, killFile, renewFile } from "./turn-folder.ts";

const pollMs = 500;

export interface ControlHandlers {
  kill(): void;
  interrupt(signal: NodeJS.Signals): void;
  /** No worker has renewed for `abandonAfterMs`. */
  abandoned(): void;
}

/**
 * Follows what workers ask for through files in the turn's control folder: a new server process can use them as well as
 * the one that started the supervisor. The watch makes it quick, the poll makes it sure.
 */
export class ControlWatch {
  readonly #folder: string;
  readonly #handlers: ControlHandlers;
  readonly #abandonAfterMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #watcher: FSWatcher | null;
  #renewal = 0;
  // Monotonic, so that a machine that slept does not look abandoned when it wakes.
  #renewedAt = performance.now();

  constructor(turnFolder: string, abandonAfterMs: number, handlers: ControlHandlers) {
    this.#folder = join(turnFolder, controlFolder);
    this.#abandonAfterMs = abandonAfterMs;
    this.#handlers = handlers;
    this.#timer = setInterval(() => this.#check(), Math.min(pollMs, abandonAfterMs / 4));
    this.#watcher = watchFolder(this.#folder, () => this.#check());
    this.#check();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #check(): void {
    this.#checkRenewal();
    if (existsSync(join(this.#folder, killFile))) this.#handlers.kill();
    const request = join(this.#folder, interruptFile);
    if (!existsSync(request)) return;
    const signal = readFileSync(request, "utf8").trim();
    rmSync(request, { force: true });
    if (signal !== "") this.#handlers.interrupt(signal as NodeJS.Signals);
  }

  #checkRenewal(): void {
    const renewal = statSync(join(this.#folder, renewFile), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (renewal !== this.#renewal) {
      this.#renewal = renewal;
      this.#renewedAt = performance.now();
    } else if (performance.now() - this.#renewedAt > this.#abandonAfterMs) {
      this.#handlers.abandoned();
    }
  }
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, onChange);
    // Watches are scarce (inotify limits); without one the poll does it.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
