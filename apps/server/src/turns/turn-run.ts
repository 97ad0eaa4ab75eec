import { StaleFenceError } from "../events/event-log.ts";
import { readTurnOutput } from "../events/turn-output.ts";
import type { SandboxDriver, SupervisedTurn, TurnEnd } from "../sandboxes/sandbox-driver.ts";
import type { Services } from "../services.ts";
import { countAgentEvents, readUsageBefore } from "../store/agent-events.ts";
import { findTurnState, readLastSeq } from "../store/running-turns.ts";
import { EventPump } from "./event-pump.ts";
import { finishTurn } from "./finish-turn.ts";
import { Interruption } from "./interruption.ts";
import { releaseTurn, type HeldTurn } from "./leases.ts";
import { ProvisionError } from "./provision/index.ts";
import { redact } from "./provision/redact.ts";
import { loadSessionWork, type SessionWork } from "./session-work.ts";
import { TurnDecoder } from "./turn-decoder.ts";
import { messageForReader } from "./turn-failure.ts";
import { failedProvision, failedTurn, interruptedTurn, outcomeOf, type TurnOutcome } from "./turn-outcome.ts";
import { TurnSandbox } from "./turn-sandbox.ts";
import { emptySummary } from "./turn-summary.ts";
import { untilDatabaseAnswers } from "./until-database-answers.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a worker needs of a process' services. */
export type WorkerServices = Pick<Services, "env" | "store" | "log" | "queue" | "keyring" | "driver" | "logger">;

/** Why a run ends before its turn does. */
type StopCause =
  /** This process stops; the program goes on for the next worker. */
  | "released"
  /** Somebody else holds the turn now, or its session is over. */
  | "lost";

/** One turn at this worker: from the claim, or the adoption, to the end of the turn or of this worker's part in it. */
export class TurnRun {
  readonly turn: HeldTurn;
  /** Never rejects. */
  readonly finished: Promise<void>;
  readonly #services: WorkerServices;
  readonly #stop = new AbortController();
  readonly #pump: EventPump;
  readonly #interruption: Interruption;
  readonly #sandbox: TurnSandbox;
  #work: SessionWork | null = null;
  #decoder: TurnDecoder | null = null;
  #supervised: SupervisedTurn | null = null;

  /** @param options.interruptGraceMs Between asking a program to stop and making it. */
  constructor(
    services: WorkerServices,
    driver: SandboxDriver,
    turn: HeldTurn,
    options: { readonly interruptGraceMs: number },
  ) {
    this.turn = turn;
    this.#services = services;
    this.#pump = new EventPump({
      log: services.log,
      turn,
      readLastSeq: () => readLastSeq(services.store.db, turn.sessionId),
      onStale: () => this.lose(),
      onError: (error) => this.#report(error, "events could not be stored yet"),
    });
    this.#interruption = new Interruption({
      graceMs: options.interruptGraceMs,
      onError: (error) => this.#report(error, "the program could not be interrupted"),
    });
    this.#sandbox = new TurnSandbox({
      services,
      driver,
      turn,
      pump: this.#pump,
      signal: AbortSignal.any([this.#stop.signal, this.#interruption.signal]),
      ask: (question) => this.#ask(question),
      onStale: () => this.lose(),
    });
    if (turn.isInterrupted) this.interrupt();
    this.finished = this.#run();
  }

  /** Tells the supervisor that somebody follows it. */
  renew(): void {
    this.#supervised?.renew().catch((error: unknown) => this.#report(error, "supervisor could not be renewed"));
  }

  /** Cuts the turn short at its owner's wish. */
  interrupt(): void {
    this.#interruption.request();
  }

  /** Leaves the program running for whoever adopts the turn. */
  release(): void {
    this.#end("released");
  }

  /** The turn is no longer this worker's. */
  lose(): void {
    this.#end("lost");
  }

  #end(cause: StopCause): void {
    this.#pump.stop();
    this.#stop.abort(cause);
  }

  async #run(): Promise<void> {
    try {
      const outcome = await this.#execute();
      if (!this.#stop.signal.aborted) await this.#finish(outcome);
    } catch (error) {
      if (!this.#stop.signal.aborted) await this.#leave(error);
    }
    try {
      await this.#tidy();
    } catch (error) {
      this.#report(error, "sandbox was left to the sweep");
    }
  }

  async #execute(): Promise<TurnOutcome> {
    try {
      const work = await this.#load();
      this.#supervised = await this.#sandbox.obtain(work);
      this.#interruption.watch(this.#supervised, work.runtime.interruptSignal);
      return outcomeOf(await this.#follow(this.#supervised), this.turn.timeoutSeconds);
    } catch (error) {
      if (error instanceof StaleFenceError) this.lose();
      this.#stop.signal.throwIfAborted();
      if (this.#interruption.isRequested && this.#supervised === null) return await this.#abandon();
      return this.#fail(error);
    } finally {
      this.#interruption.close();
    }
  }

  async #load(): Promise<SessionWork> {
    const { sessionId, spoolOffset } = this.turn;
    const { store } = this.#services;
    const work = await this.#ask(() => loadSessionWork(this.#services, sessionId));
    if (work === null) throw new StaleFenceError(sessionId, this.turn);
    this.#work = work;
    const decoder = new TurnDecoder({
      runtime: work.runtime.name,
      usageBefore: await this.#ask(() => readUsageBefore(store.db, this.turn)),
      onError: (error) => this.#report(error, "output cannot be decoded any further"),
    });
    this.#decoder = decoder;
    if (spoolOffset === 0) return work;
    const stored = await this.#ask(() => countAgentEvents(store.db, this.turn));
    await decoder.replay(
      readTurnOutput(store, this.turn, (question) => this.#ask(question)),
      stored,
    );
    return work;
  }

  /** Nothing was started yet. Without its first turn a session has no use for what was prepared. */
  async #abandon(): Promise<TurnOutcome> {
    const isFirst = this.turn.turn === this.#work?.firstTurn;
    // Before the turn ends: the next one may begin right behind it, in the same place.
    try {
      if (isFirst) await this.#sandbox.clear();
    } catch (error) {
      this.#report(error, "sandbox was left to the next turn");
    }
    return interruptedTurn({ isSandboxUseless: isFirst });
  }

  #fail(error: unknown): TurnOutcome {
    if (error instanceof ProvisionError) return failedProvision(error.message);
    const message = messageForReader(error);
    if (message === null) {
      this.#report(error, "turn failed");
      return failedTurn("The server failed; its log names the session");
    }
    if (this.#work === null) return failedTurn(message);
    const { provision, agent } = this.#work;
    return failedTurn(redact(message, { ...provision, mcpServers: agent.mcpServers }));
  }

  async #follow(supervised: SupervisedTurn): Promise<TurnEnd> {
    const { turn, spoolOffset } = this.turn;
    this.renew();
    for await (const record of supervised.records({ offset: spoolOffset, signal: this.#stop.signal })) {
      if (record.type === "end") return record.end;
      const data = utf8.decode(record.bytes);
      await this.#pump.add(
        { type: "output", turn, fields: { stream: record.stream, data, turn } },
        {
          chars: data.length,
          spoolOffset: record.nextOffset,
          agentEvents: this.#decoder?.write(data, record.stream) ?? [],
        },
      );
    }
    return { reason: "lost" };
  }

  async #finish(ended: TurnOutcome): Promise<void> {
    const drained = await this.#pump.drain();
    this.#stop.signal.throwIfAborted();
    const interrupted = this.#interruption.isRequested;
    const decoded = this.#decoder?.end({
      exitCode: ended.exitCode,
      interrupted,
      failure: ended.message?.trimEnd() ?? null,
    });
    const summary = decoded?.summary ?? emptySummary(interrupted ? "interrupted" : "failure");
    const isCutShort = interrupted && summary.verdict === "interrupted" && !ended.isInterrupted;
    const outcome = isCutShort ? interruptedTurn({ isSandboxUseless: false }) : ended;
    const request = {
      turn: this.turn,
      outcome,
      summary,
      ...drained,
      agentEvents: [...drained.agentEvents, ...(decoded?.entries ?? [])],
    };
    const isFinished = await this.#ask(() => finishTurn(this.#services.log, request));
    if (!isFinished) this.lose();
    else if (outcome.isSandboxUseless) await this.#sandbox.destroy();
  }

  /** Whoever looks for turns next, be it this worker, begins where the log ends. */
  async #leave(error: unknown): Promise<void> {
    this.#report(error, "turn was left to the next worker");
    this.#end("released");
    try {
      await releaseTurn(this.#services.store, this.turn);
    } catch (failure) {
      this.#report(failure, "turn could not be given back before its lease ends");
    }
  }

  /** A session that is over leaves nothing behind, and a turn that is over no program. */
  async #tidy(): Promise<void> {
    if (this.#stop.signal.reason !== "lost") return;
    const state = await findTurnState(this.#services.store.db, this.turn);
    if (state === null || state.session === "terminated" || state.session === "failed") await this.#sandbox.destroy();
    else if (state.turn !== "running") await this.#supervised?.kill();
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return untilDatabaseAnswers(question, this.#stop.signal, (error) => this.#report(error, "database is away"));
  }

  #report(error: unknown, message: string): void {
    const { sessionId, turn } = this.turn;
    this.#services.logger.warn({ err: error, sessionId, turn }, message);
  }
}
