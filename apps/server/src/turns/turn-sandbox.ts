import { StaleFenceError } from "../events/event-log.ts";
import { prepareTurn } from "../runtimes/index.ts";
import type { Sandbox, SandboxDriver, SupervisedTurn } from "../sandboxes/sandbox-driver.ts";
import type { Services } from "../services.ts";
import { storeSandboxRef } from "../store/running-turns.ts";
import type { EventPump } from "./event-pump.ts";
import { maxAttempts, type HeldTurn } from "./leases.ts";
import { provisionSession } from "./provision/index.ts";
import type { SessionWork } from "./session-work.ts";
import { TurnFailure } from "./turn-failure.ts";
import { untilThereIsRoom } from "./until-there-is-room.ts";

export interface TurnSandboxOptions {
  readonly services: Pick<Services, "env" | "store" | "logger">;
  readonly driver: SandboxDriver;
  readonly turn: HeldTurn;
  readonly pump: EventPump;
  /** Ends preparations: the turn is not this worker's any more, or it was interrupted. */
  readonly signal: AbortSignal;
  /** Asks the database, again when it was away. */
  readonly ask: <T>(question: () => Promise<T>) => Promise<T>;
  /** Somebody else holds the turn, or its session is over. */
  readonly onStale: () => void;
}

/** Where the program of one turn runs: found, prepared, cleared and removed. */
export class TurnSandbox {
  readonly #options: TurnSandboxOptions;
  #sandbox: Sandbox | null = null;

  constructor(options: TurnSandboxOptions) {
    this.#options = options;
  }

  /**
   * The running program: as it was left, or started. It is never started when it was before.
   *
   * @throws TurnFailure, ProvisionError, StaleFenceError, or the signal's reason.
   */
  async obtain(work: SessionWork): Promise<SupervisedTurn> {
    const { driver, turn, signal } = this.#options;
    this.#sandbox = work.sandboxRef === null ? null : await driver.attach(work.sandboxRef);
    const running = await this.#sandbox?.attachTurn(this.#turnId);
    if (running) return running;
    signal.throwIfAborted();
    if (this.#sandbox === null && work.sandboxRef !== null) throw new TurnFailure("The session's sandbox is gone");
    if (turn.attempt > maxAttempts)
      throw new TurnFailure(`The worker died ${String(maxAttempts)} times before it could start`);
    if (turn.turn === work.firstTurn) await this.#provision(work);
    if (this.#sandbox === null) throw new TurnFailure("The session has no sandbox");
    return await this.#start(work, this.#sandbox);
  }

  /** Nothing of preparations stays, also of those that another worker began. */
  async clear(): Promise<void> {
    const { driver, turn } = this.#options;
    // Known before the fence: behind it another worker may hold the turn, and what stands there be of its making.
    const left = this.#sandbox ?? (await driver.create({ id: turn.sessionId, egress: { type: "unrestricted" } }));
    await this.#storeRef(null);
    this.#sandbox = null;
    await left.destroy();
  }

  /** Ends everything that runs in it and removes it. */
  async destroy(): Promise<void> {
    await this.#sandbox?.destroy();
  }

  async #provision(work: SessionWork): Promise<void> {
    const { driver, turn, services, pump, signal } = this.#options;
    if (turn.attempt > 1 || turn.turn > 1) await this.clear();
    const { model, mcpServers, skills } = work.agent;
    let stored: Promise<void> = Promise.resolve();
    await provisionSession({
      ...work.provision,
      model,
      mcpServers,
      skills,
      sessionId: turn.sessionId,
      driver,
      runtime: work.runtime,
      cacheDir: services.env.cacheDir,
      onStage: (event) => pump.add({ type: "stage", turn: null, fields: { ...event } }),
      onSandbox: (made) => {
        this.#sandbox = made;
        // Beside the stages, not before them: whoever adopts the turn clears what may stand there without a reference.
        stored = this.#storeRef(made.ref);
        stored.catch(() => undefined);
        return Promise.resolve();
      },
      signal,
    });
    await stored;
  }

  async #start(work: SessionWork, sandbox: Sandbox): Promise<SupervisedTurn> {
    const { services, turn, pump, signal } = this.#options;
    const { model, command, system } = work.agent;
    const conversation = await findConversation(work, turn, sandbox);
    const prepared = await prepareTurn({
      runtime: work.runtime,
      sandbox,
      cacheDir: services.env.cacheDir,
      turn: conversation === "none" ? 1 : turn.turn - work.firstTurn + 1,
      prompt: turn.prompt,
      // Twice is better than never.
      system: conversation === "begun" ? "" : system,
      model,
      conversationId: work.conversationId,
      command,
      signal,
    });
    await pump.add({ type: "stage", turn: null, fields: { stage: "runtime_start", state: "started" } });
    // The fence: behind this a worker that lost the turn, or whose session was terminated, starts nothing any more.
    await pump.flush();
    signal.throwIfAborted();
    const timeoutMs = turn.timeoutSeconds * 1000;
    const { maxTurnOutputBytes: maxOutputBytes } = services.env;
    return await untilThereIsRoom(
      () => sandbox.startTurn({ ...prepared, id: this.#turnId, timeoutMs, maxOutputBytes }),
      {
        limitMs: timeoutMs,
        signal,
        onFull: (error) => {
          const { sessionId } = turn;
          services.logger.warn({ err: error, sessionId, turn: turn.turn }, "the disk is full; the turn waits for room");
        },
      },
    );
  }

  async #storeRef(ref: string | null): Promise<void> {
    const { services, turn, ask, onStale } = this.#options;
    if (await ask(() => storeSandboxRef(services.store.db, turn, ref))) return;
    onStale();
    throw new StaleFenceError(turn.sessionId, turn);
  }

  get #turnId(): string {
    const { sessionId, turn } = this.#options.turn;
    return `${sessionId}-${String(turn)}`;
  }
}

/** Whether there is a conversation to go on with: turns that were interrupted may have come too early to begin one. */
async function findConversation(
  work: SessionWork,
  turn: HeldTurn,
  sandbox: Sandbox,
): Promise<"none" | "perhaps" | "begun"> {
  const { runtime, conversationId, firstTurn, isBegun } = work;
  if (turn.turn === firstTurn) return "none";
  if (isBegun) return "begun";
  if (runtime.hasConversation === undefined) return "perhaps";
  return (await runtime.hasConversation({ sandbox, conversationId })) ? "begun" : "none";
}
