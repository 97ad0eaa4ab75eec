// What the processes of the fanout benchmark tell each other.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** One session's worth of events. */
export interface Plan {
  readonly events: number;
  readonly eventBytes: number;
  /** `appendOf`: as fast as they are taken, so many at a time. */
  readonly pace: { readonly eventsPerSecond: number } | { readonly appendOf: number };
}

/** A worker appends what came together, and then rests for so long. */
const restMs = 4;

/**
 * The texts of the events in the batches that a worker would append: each holds what has become due, so that a slow
 * taker gets fewer and larger ones. Each text tells when it was due.
 */
export async function* toBatches(plan: Plan): AsyncGenerator<string[]> {
  const started = nowMs();
  const text = (time: number) => `@${time}@`.padEnd(plan.eventBytes, "x");
  const { pace } = plan;
  const rate = "eventsPerSecond" in pace ? pace.eventsPerSecond : null;
  for (let made = 0; made < plan.events;) {
    const due =
      "appendOf" in pace ? made + pace.appendOf : Math.floor(((nowMs() - started) * pace.eventsPerSecond) / 1_000);
    const count = Math.min(due, plan.events) - made;
    if (count > 0) {
      yield Array.from({ length: count }, (_, i) =>
        text(rate === null ? nowMs() : started + ((made + i + 1) * 1_000) / rate),
      );
      made += count;
    }
    // A worker reads each append from somewhere. Without a turn between them `node:http` would send many as one.
    await (rate === null ? nextTurn() : delay(restMs));
  }
}

export interface Target {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}

/** What the readers saw. Times are of the machine's monotonic clock, which all processes share. */
export interface Received {
  readonly bytes: number;
  readonly endedAtMs: number;
  /** From when an event was due to its arrival, for a sample of readers. */
  readonly latenciesMs: number[];
}

export const nowMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** A process of the benchmark and the messages that it sends, one after the other. */
export interface Process extends AsyncDisposable {
  send(message: object): void;
  next<T>(): Promise<T>;
}

export function startProcess(file: string, args: readonly string[] = []): Process {
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ["--conditions=@aod/source"],
  });
  return {
    send: (message) => void child.send(message),
    async next<T>() {
      const failed = once(child, "exit").then(([code]) => {
        throw new Error(`${file} ended with ${String(code)}`);
      });
      const [message] = (await Promise.race([once(child, "message"), failed])) as [T];
      return message;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
