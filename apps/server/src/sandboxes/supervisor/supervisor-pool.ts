import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SupervisorSpec } from "./supervisor-spec.ts";

/** A new spare is made only after a while, so that it does not compete with the turn that took the last one. */
const refillDelayMs = 300;
/** So many wait for work; each holds about 50 MB. */
const maxSpares = 2;
/** A supervisor that has not answered by then never will. */
const answerLimitMs = 10_000;

/**
 * Starts turns under supervisors. Once warmed it keeps a spare running, and takes back those whose turn has ended, so that a
 * turn does not wait for Node to start. A spare ends with this process; a supervisor with work does not.
 */
export class SupervisorPool {
  readonly #all = new Set<Supervisor>();
  readonly #spares: Supervisor[] = [];
  #isWarm = false;
  #refill: NodeJS.Timeout | undefined;

  warm(): void {
    this.#isWarm = true;
    this.#makeSpare();
  }

  /**
   * @returns `started`, or `claimed` when another supervisor has the folder.
   * @throws Error when two supervisors, one after the other, did not start.
   */
  async start(spec: SupervisorSpec): Promise<"started" | "claimed"> {
    const supervisor = this.#spares.shift() ?? this.#spawn();
    if (this.#isWarm && this.#spares.length === 0) {
      clearTimeout(this.#refill);
      this.#refill = setTimeout(() => this.#makeSpare(), refillDelayMs);
      this.#refill.unref();
    }
    try {
      return await this.#startUnder(supervisor, spec);
    } catch {
      // A spare may have died or hung since it was last heard of. Should it live after all, the claim on the folder lets
      // only one of them run the program.
      return await this.#startUnder(this.#spawn(), spec);
    }
  }

  /** Supervisors with work end behind it, the others now. */
  close(): void {
    this.#isWarm = false;
    clearTimeout(this.#refill);
    for (const supervisor of this.#all) supervisor.dismiss();
    this.#spares.length = 0;
  }

  async #startUnder(supervisor: Supervisor, spec: SupervisorSpec): Promise<"started" | "claimed"> {
    const answer = await supervisor.start(spec, { isLast: !this.#isWarm });
    if (answer === "claimed") this.#takeBack(supervisor);
    return answer;
  }

  #makeSpare(): void {
    if (this.#isWarm && this.#spares.length === 0) this.#spares.push(this.#spawn());
  }

  #spawn(): Supervisor {
    const supervisor = new Supervisor({
      onIdle: () => this.#takeBack(supervisor),
      onExit: () => {
        this.#all.delete(supervisor);
        const index = this.#spares.indexOf(supervisor);
        if (index >= 0) this.#spares.splice(index, 1);
      },
    });
    this.#all.add(supervisor);
    return supervisor;
  }

  #takeBack(supervisor: Supervisor): void {
    if (this.#isWarm && this.#spares.length < maxSpares) this.#spares.push(supervisor);
    else supervisor.dismiss();
  }
}

type SupervisorProcess = ChildProcessByStdio<Writable, Readable, null>;
type Answer = "started" | "claimed" | "idle";

/** One supervisor process, seen from the server that started it. */
class Supervisor {
  readonly #child: SupervisorProcess;
  #waiting: { resolve: (answer: "started" | "claimed") => void; reject: (error: Error) => void } | undefined;

  constructor(handlers: { onIdle: () => void; onExit: () => void }) {
    const child = spawn(process.execPath, [entry()], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
      // Nothing of the server's environment, least of all its keys.
      env: { PATH: process.env.PATH, ...(process.env.TMPDIR !== undefined && { TMPDIR: process.env.TMPDIR }) },
      cwd: "/",
    });
    this.#child = child;
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const words = (text + chunk).split("\n");
      text = words.pop() ?? "";
      for (const word of words as Answer[]) {
        if (word === "idle") handlers.onIdle();
        else this.#waiting?.resolve(word);
      }
    });
    const onGone = (error?: Error): void => {
      handlers.onExit();
      this.#waiting?.reject(new Error("The supervisor of a turn did not start", { cause: error }));
    };
    child.once("error", onGone);
    child.once("exit", () => onGone());
    child.stdin.on("error", () => undefined);
    this.#hold(false);
  }

  async start(spec: SupervisorSpec, { isLast }: { isLast: boolean }): Promise<"started" | "claimed"> {
    const answer = new Promise<"started" | "claimed">((resolve, reject) => (this.#waiting = { resolve, reject }));
    this.#hold(true);
    this.#child.stdin.write(`${JSON.stringify(spec)}\n`);
    if (isLast) this.dismiss();
    let isAnswered = false;
    const giveUp = (): void => {
      if (isAnswered) return;
      this.#child.kill("SIGKILL");
      this.#waiting?.reject(new Error(`The supervisor of a turn did not answer within ${String(answerLimitMs)} ms`));
    };
    // A process that was held up sees that its timers are due before it reads the answer that has come meanwhile.
    const timer = setTimeout(() => setImmediate(giveUp), answerLimitMs);
    try {
      return await answer;
    } finally {
      isAnswered = true;
      clearTimeout(timer);
      this.#waiting = undefined;
      this.#hold(false);
    }
  }

  /** It ends when it has nothing to do. */
  dismiss(): void {
    this.#child.stdin.end();
  }

  /** Whether this process stays alive for it. */
  #hold(isHeld: boolean): void {
    // Pipes are sockets at run time (though not on Bun); the types of `spawn` do not say so.
    const handles = [this.#child, this.#child.stdin, this.#child.stdout] as Partial<Pick<Socket, "ref" | "unref">>[];
    for (const handle of handles) {
      if (isHeld) handle.ref?.();
      else handle.unref?.();
    }
  }
}

/** Beside this file in the sources; beside the bundle when built. */
function entry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "./main.ts" : "./supervisor.js", import.meta.url));
}
