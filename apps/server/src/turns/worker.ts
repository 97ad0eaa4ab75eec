import { readHostId } from "../sandboxes/host-id.ts";
import type { SandboxDriver } from "../sandboxes/sandbox-driver.ts";
import { attendTurns } from "./attend-turns.ts";
import {
  adoptTurn,
  claimTurn,
  listForeignTurns,
  releaseLeases,
  renewLeases,
  type ForeignTurn,
  type HeldTurn,
  type Holder,
} from "./leases.ts";
import { failLostTurns } from "./lost-turns.ts";
import { consumeTurns, type TurnConsumer, type TurnJob } from "./pg-boss-queue.ts";
import { repeat, type Repetition } from "./repeat.ts";
import { controlChannel, removeSandbox, type ControlMessage } from "./session-control.ts";
import { sweepIdle, sweepOrphans } from "./sweeps.ts";
import { TurnRun, type WorkerServices } from "./turn-run.ts";
import { identifyWorker, isDeadWorker } from "./worker-identity.ts";

/** How often a worker does what. The defaults are what the promises in the docs are made of. */
export interface WorkerTimes {
  /** Renewal of leases. @default 1000 */
  readonly beatMs?: number;
  /** Search for turns of dead workers. @default 1000 */
  readonly adoptMs?: number;
  /** Search for sandboxes of ended sessions and for turns of lost machines. @default 60000 */
  readonly sweepMs?: number;
  /** Between asking a program to stop and making it. @default 5000 */
  readonly interruptGraceMs?: number;
  /**
   * How long programs are kept going while leases cannot be renewed. With the time that supervisors then wait for a worker
   * it must stay below `lostHostSeconds`: a turn that was declared lost has no program any more. @default 280000
   */
  readonly renewAloneMs?: number;
  /** A machine that was away so long is lost. @default 900 */
  readonly lostHostSeconds?: number;
}

const defaultTimes: Required<WorkerTimes> = {
  beatMs: 1_000,
  adoptMs: 1_000,
  sweepMs: 60_000,
  interruptGraceMs: 5_000,
  renewAloneMs: 280_000,
  lostHostSeconds: 900,
};

/** The part of a server process that runs turns. */
export interface RunningWorker {
  /** Takes no more turns, leaves those that run to the next worker, which can adopt them at once. */
  close(): Promise<void>;
}

/**
 * Runs turns in this process until it is closed: adopts those that an earlier process left, then takes new ones from the
 * queue. Without a driver there is nothing to run them in: it only fails those that no machine comes back for.
 */
export async function startWorker(services: WorkerServices, given: WorkerTimes = {}): Promise<RunningWorker> {
  const times = { ...defaultTimes, ...given };
  if (services.driver === null) return attendTurns(services, times);
  const worker = new Worker(services, services.driver, times);
  try {
    await worker.open();
  } catch (error) {
    await worker.close();
    throw error;
  }
  return worker;
}

class Worker implements RunningWorker {
  readonly #services: WorkerServices;
  readonly #driver: SandboxDriver;
  readonly #times: Required<WorkerTimes>;
  readonly #holder: Holder;
  readonly #runs = new Map<string, TurnRun>();
  #endListening: (() => void) | undefined;
  #consumer: TurnConsumer | undefined;
  #repetitions: Repetition[] = [];
  #beatAt = performance.now();
  readonly #claims = new Set<Promise<void>>();
  #isClosing = false;
  #onSlot: (() => void)[] = [];

  constructor(services: WorkerServices, driver: SandboxDriver, times: Required<WorkerTimes>) {
    this.#services = services;
    this.#driver = driver;
    this.#times = times;
    this.#holder = identifyWorker(readHostId(services.env.dataDir));
  }

  async open(): Promise<void> {
    await this.#driver.warm();
    // What it misses while the connection is gone, beats and sweeps find.
    this.#endListening = await this.#services.store.notifications.listen(controlChannel, {
      onNotification: (payload) => this.#onMessage(JSON.parse(payload) as ControlMessage),
    });
    await this.#adopt();
    const { store, env } = this.#services;
    const { beatMs, adoptMs, sweepMs } = this.#times;
    const report = (error: unknown): void => this.#report(error);
    this.#repetitions = [
      repeat(() => this.#beat(), beatMs, report),
      repeat(() => this.#renewSupervisors(), beatMs, report),
      repeat(() => this.#adopt(), adoptMs, report),
      repeat(() => this.#failLostTurns(), sweepMs, report),
      repeat(() => sweepOrphans(store, this.#driver), sweepMs, report),
      repeat(() => sweepIdle(store, this.#driver, env.sandboxIdleDays), sweepMs, report),
    ];
    void sweepOrphans(store, this.#driver).catch(report);
    this.#consumer = await consumeTurns({
      connectionString: store.connectionString,
      hostId: this.#holder.hostId,
      onJob: (job) => this.#onJob(job),
      onError: report,
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#consumer?.stop();
    await Promise.all(this.#repetitions.map((repetition) => repetition.stop()));
    // A turn that is claimed at this moment is not started any more; its lease is given back with the others.
    await Promise.allSettled(this.#claims);
    for (const run of this.#runs.values()) run.release();
    await Promise.all([...this.#runs.values()].map((run) => run.finished));
    for (const resolve of this.#onSlot.splice(0)) resolve();
    await releaseLeases(this.#services.store, this.#holder).catch((error: unknown) => this.#report(error));
    this.#endListening?.();
    await this.#consumer?.[Symbol.asyncDispose]();
    this.#driver.close();
  }

  async #onJob(job: TurnJob): Promise<void> {
    if (this.#isClosing) throw new Error("This worker is closing");
    const claiming = claimTurn(this.#services.store, job, this.#holder).then((turn) => {
      if (turn !== null && !this.#isClosing) this.#start(turn);
    });
    this.#claims.add(claiming);
    await claiming.finally(() => this.#claims.delete(claiming));
    // The job of the last slot stays here until there is room, so that no job is taken that cannot be started at once.
    while (this.#isFull()) await new Promise<void>((resolve) => this.#onSlot.push(resolve));
  }

  #isFull(): boolean {
    return !this.#isClosing && this.#runs.size >= this.#services.env.workerConcurrency;
  }

  #start(turn: HeldTurn): void {
    const run = new TurnRun(this.#services, this.#driver, turn, this.#times);
    this.#runs.set(turn.sessionId, run);
    void run.finished.then(() => {
      if (this.#runs.get(turn.sessionId) === run) this.#runs.delete(turn.sessionId);
      for (const resolve of this.#onSlot.splice(0)) resolve();
    });
  }

  async #beat(): Promise<void> {
    const held = [...this.#runs.values()].map((run) => run.turn);
    const { lost, interrupted } = await renewLeases(this.#services.store, held);
    for (const turn of lost) this.#runOf(turn)?.lose();
    for (const turn of interrupted) this.#runOf(turn)?.interrupt();
    this.#beatAt = performance.now();
  }

  #renewSupervisors(): Promise<void> {
    const isAlone = performance.now() - this.#beatAt > this.#times.renewAloneMs;
    if (!isAlone) for (const run of this.#runs.values()) run.renew();
    return Promise.resolve();
  }

  async #adopt(): Promise<void> {
    const { store } = this.#services;
    for (const foreign of await listForeignTurns(store, this.#holder)) {
      if (this.#isClosing) return;
      if (this.#holds(foreign)) continue;
      if (!foreign.isExpired && !isDeadWorker(foreign.workerId, this.#holder.hostId)) continue;
      const turn = await adoptTurn(store, foreign, this.#holder);
      if (turn === null) continue;
      this.#services.logger.info({ sessionId: turn.sessionId, turn: turn.turn, attempt: turn.attempt }, "turn adopted");
      this.#start(turn);
    }
  }

  async #failLostTurns(): Promise<void> {
    const liveHosts = (await this.#services.queue.liveHosts()).add(this.#holder.hostId);
    const limits = { liveHosts, afterSeconds: this.#times.lostHostSeconds };
    await failLostTurns(this.#services, this.#holder.workerId, limits);
  }

  #onMessage(message: ControlMessage): void {
    const run = this.#runs.get(message.sessionId);
    if (message.action === "interrupt") {
      if (run?.turn.turn === message.turn) run.interrupt();
      return;
    }
    run?.lose();
    if (run !== undefined || message.sandboxRef === null) return;
    void removeSandbox(this.#driver, message.sandboxRef).catch((error: unknown) => this.#report(error));
  }

  /** Its lease has only not been renewed in time, or the answer to its claim may still come. */
  #holds({ sessionId, turn, attempt, workerId }: ForeignTurn): boolean {
    if (workerId === this.#holder.workerId && this.#claims.size > 0) return true;
    const held = this.#runs.get(sessionId)?.turn;
    return held?.turn === turn && held.attempt === attempt;
  }

  /** The run that still believes to hold exactly this turn. */
  #runOf(turn: HeldTurn): TurnRun | undefined {
    const run = this.#runs.get(turn.sessionId);
    return run?.turn === turn ? run : undefined;
  }

  #report(error: unknown): void {
    if (!this.#isClosing) this.#services.logger.warn({ err: error }, "worker could not do its work yet");
  }
}
