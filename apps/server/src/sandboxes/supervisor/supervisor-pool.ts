import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SupervisorSpec } from "./supervisor-spec.ts";

type SupervisorProcess = ChildProcessByStdio<Writable, Readable, null>;

/** A new spare is made only after a while, so that it does not compete with the turn that took the last one. */
const refillDelayMs = 200;

/**
 * Starts supervisors. Once warmed it keeps one spare running, so that a turn does not wait for Node to start. A spare ends
 * with this process; a supervisor with work does not.
 */
export class SupervisorPool {
  #spare: SupervisorProcess | null = null;
  #isWarm = false;
  #refill: NodeJS.Timeout | undefined;

  warm(): void {
    this.#isWarm = true;
    this.#makeSpare();
  }

  /**
   * @returns `started`, or `claimed` when another supervisor has the folder.
   * @throws Error when the supervisor itself did not start.
   */
  async start(spec: SupervisorSpec): Promise<"started" | "claimed"> {
    const child = this.#take();
    hold(child, true);
    const answer = waitForAnswer(child);
    child.stdin.end(`${JSON.stringify(spec)}\n`);
    try {
      return await answer;
    } finally {
      child.stdout.destroy();
      hold(child, false);
    }
  }

  close(): void {
    this.#isWarm = false;
    clearTimeout(this.#refill);
    this.#spare?.stdin.end();
    this.#spare = null;
  }

  #take(): SupervisorProcess {
    const spare = this.#spare;
    this.#spare = null;
    if (this.#isWarm) {
      clearTimeout(this.#refill);
      this.#refill = setTimeout(() => this.#makeSpare(), refillDelayMs);
      this.#refill.unref();
    }
    return spare ?? spawnSupervisor();
  }

  #makeSpare(): void {
    if (!this.#isWarm || this.#spare !== null) return;
    const spare = spawnSupervisor();
    hold(spare, false);
    spare.once("exit", () => {
      if (this.#spare === spare) this.#spare = null;
    });
    this.#spare = spare;
  }
}

function spawnSupervisor(): SupervisorProcess {
  const child = spawn(process.execPath, [entry()], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
    // Nothing of the server's environment, least of all its keys.
    env: { PATH: process.env["PATH"] ?? "", ...(process.env["TMPDIR"] ? { TMPDIR: process.env["TMPDIR"] } : {}) },
    cwd: "/",
  });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  return child;
}

/** Whether this process stays alive for the child. */
function hold(child: SupervisorProcess, isHeld: boolean): void {
  for (const handle of [child, child.stdin as Writable & Partial<Socket>, child.stdout as Readable & Partial<Socket>]) {
    if (isHeld) handle.ref?.();
    else handle.unref?.();
  }
}

function waitForAnswer(child: SupervisorProcess): Promise<"started" | "claimed"> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.endsWith("\n")) resolve(text.trim() === "claimed" ? "claimed" : "started");
    });
    child.once("error", (error) => reject(new Error("The supervisor of a turn did not start", { cause: error })));
    child.once("exit", () => reject(new Error("The supervisor of a turn ended before it began")));
  });
}

/** Beside this file in the sources; beside the bundle when built. */
function entry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "./main.ts" : "./supervisor.js", import.meta.url));
}
