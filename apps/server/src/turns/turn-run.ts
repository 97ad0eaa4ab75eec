import type { AgentUsage } from "@aod/core";
import { sql } from "drizzle-orm";
import { StaleFenceError } from "../events/event-log.ts";
import { readTurnOutput } from "../events/turn-output.ts";
import { prepareTurn } from "../runtimes/index.ts";
import type { Sandbox, SandboxDriver, SupervisedTurn, TurnEnd } from "../sandboxes/sandbox-driver.ts";
import type { Services } from "../services.ts";
import { countAgentEvents, readUsageBefore } from "../store/agent-events.ts";
import { sessions } from "../store/schema.ts";
import { EventPump } from "./event-pump.ts";
import { finishTurn } from "./finish-turn.ts";
import { Interruption } from "./interruption.ts";
import { maxAttempts, releaseTurn, type HeldTurn } from "./leases.ts";
import { ProvisionError, provisionSession } from "./provision/index.ts";
import { loadSessionWork, type SessionWork } from "./session-work.ts";
import { TurnDecoder } from "./turn-decoder.ts";
import { failedProvision, failedTurn, interruptedTurn, outcomeOf, type TurnOutcome } from "./turn-outcome.ts";
import { untilDatabaseAnswers } from "./until-database-answers.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a worker needs of a process' services. */
export type WorkerServices = Pick<Services, "env" | "store" | "log" | "keyring" | "driver" | "logger">;

/** Why a run ends before its turn does. */
type StopCause =
  /** This process stops; the program goes on for the next worker. */
  | "released"
  /** Somebody else holds the turn now, or its session is over. */
  | "lost";

/** Why a turn cannot go on, in words for the reader. */
class TurnFailure extends Error {
  override readonly name = "TurnFailure";
}

/** One turn at this worker: from the claim, or the adoption, to the end of the turn or of this worker's part in it. */
export class TurnRun {
  readonly turn: HeldTurn;
  /** Never rejects. */
  readonly finished: Promise<void>;
  readonly #services: WorkerServices;
  readonly #driver: SandboxDriver;
  readonly #stop = new AbortController();
  readonly #pump: EventPump;
  #sandbox: Sandbox | null = null;
  readonly #interruption: Interruption;
  #supervised: SupervisedTurn | null = null;
  /** Before the session is known, and when it never is, there is nothing to decode. */
  #decoder = this.#createDecoder("command");

  /** @param options.interruptGraceMs Between asking a program to stop and making it. */
  constructor(
    services: WorkerServices,
    driver: SandboxDriver,
    turn: HeldTurn,
    options: { readonly interruptGraceMs: number },
  ) {
    this.turn = turn;
    this.#services = services;
    this.#driver = driver;
    this.#pump = new EventPump({
      ...{ log: services.log, store: services.store, turn },
      onStale: () => this.lose(),
      onError: (error) => this.#report(error, "events could not be stored yet"),
    });
    this.#interruption = new Interruption({
      graceMs: options.interruptGraceMs,
      onError: (error) => this.#report(error, "the program could not be interrupted"),
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
      const outcome = await this.#work();
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

  async #work(): Promise<TurnOutcome> {
    let isFirst = false;
    try {
      const work = await this.#load();
      isFirst = this.turn.turn === work.firstTurn;
      this.#supervised = await this.#obtain(work, isFirst);
      this.#interruption.watch(this.#supervised, work.runtime.interruptSignal);
      return outcomeOf(await this.#follow(this.#supervised), this.turn.timeoutSeconds);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      if (this.#interruption.isRequested && this.#supervised === null) return await this.#abandon(isFirst);
      if (error instanceof StaleFenceError) this.lose();
      else if (!(error instanceof ProvisionError || error instanceof TurnFailure)) this.#report(error, "turn failed");
      const message = error instanceof Error ? error.message : String(error);
      return error instanceof ProvisionError ? failedProvision(message) : failedTurn(message);
    } finally {
      this.#interruption.close();
    }
  }

  async #load(): Promise<SessionWork> {
    const { sessionId, turn, attempt, spoolOffset } = this.turn;
    const work = await this.#ask(() => loadSessionWork(this.#services, sessionId));
    if (work === null) throw new StaleFenceError(sessionId, { turn, attempt });
    const usageBefore = await this.#ask(() => readUsageBefore(this.#services.store.db, this.turn));
    this.#decoder = this.#createDecoder(work.runtime.name, usageBefore);
    if (spoolOffset > 0) {
      const { store } = this.#services;
      const stored = await this.#ask(() => countAgentEvents(store.db, this.turn));
      await this.#decoder.replay(
        readTurnOutput(store, this.turn, (question) => this.#ask(question)),
        stored,
      );
    }
    return work;
  }

  /** Nothing was started yet. Without its first turn a session has no use for what was prepared. */
  async #abandon(isFirst: boolean): Promise<TurnOutcome> {
    // Before the turn ends: the next one may begin right behind it, in the same place.
    try {
      if (isFirst) await this.#clear(this.#sandbox);
    } catch (error) {
      this.#report(error, "sandbox was left to the next turn");
    }
    return interruptedTurn({ isSandboxUseless: isFirst });
  }

  /** The running program: as it was left, or started. It is never started when it was before. */
  async #obtain(work: SessionWork, isFirst: boolean): Promise<SupervisedTurn> {
    const { attempt } = this.turn;
    this.#sandbox = work.sandboxRef === null ? null : await this.#driver.attach(work.sandboxRef);
    const running = await this.#sandbox?.attachTurn(this.#id);
    if (running) return running;
    this.#interruption.signal.throwIfAborted();
    if (this.#sandbox === null && work.sandboxRef !== null) throw new TurnFailure("The session's sandbox is gone");
    if (attempt > maxAttempts)
      throw new TurnFailure(`The worker died ${String(maxAttempts)} times before it could start`);
    if (isFirst) this.#sandbox = await this.#provision(work, this.#sandbox);
    if (this.#sandbox === null) throw new TurnFailure("The session has no sandbox");
    return await this.#start(work, this.#sandbox);
  }

  async #start(work: SessionWork, sandbox: Sandbox): Promise<SupervisedTurn> {
    const { prompt, timeoutSeconds } = this.turn;
    const { runtime, conversationId } = work;
    const turn = (await this.#hasConversation(work, sandbox)) ? this.turn.turn - work.firstTurn + 1 : 1;
    const { model, command, system } = work.agent;
    const { cacheDir } = this.#services.env;
    const signal = AbortSignal.any([this.#stop.signal, this.#interruption.signal]);
    const prepared = await prepareTurn({
      ...{ runtime, sandbox, cacheDir, turn, prompt, system, model, conversationId, command, signal },
    });
    await this.#pump.add({ type: "stage", turn: null, fields: { stage: "runtime_start", state: "started" } });
    // The fence: behind this a worker that lost the turn, or whose session was terminated, starts nothing any more.
    await this.#pump.flush();
    signal.throwIfAborted();
    return await sandbox.startTurn({ ...prepared, id: this.#id, timeoutMs: timeoutSeconds * 1000 });
  }

  async #hasConversation(
    { runtime, conversationId, firstTurn, isBegun }: SessionWork,
    sandbox: Sandbox,
  ): Promise<boolean> {
    if (this.turn.turn === firstTurn) return false;
    return isBegun || runtime.hasConversation === undefined || runtime.hasConversation({ sandbox, conversationId });
  }

  /** @param halfMade A sandbox in which another worker began and never started the program. */
  async #provision(work: SessionWork, halfMade: Sandbox | null): Promise<Sandbox> {
    if (this.turn.attempt > 1 || this.turn.turn > 1) await this.#clear(halfMade);
    const { model, mcpServers, skills } = work.agent;
    let stored: Promise<void> = Promise.resolve();
    const sandbox = await provisionSession({
      ...work.provision,
      ...{ model, mcpServers, skills },
      sessionId: this.turn.sessionId,
      driver: this.#driver,
      runtime: work.runtime,
      cacheDir: this.#services.env.cacheDir,
      onStage: (event) => this.#pump.add({ type: "stage", turn: null, fields: { ...event } }),
      onSandbox: (made) => {
        this.#sandbox = made;
        // Beside the stages, not before them: whoever adopts the turn clears what may stand there without a reference.
        stored = this.#storeSandboxRef(made.ref);
        stored.catch(() => undefined);
        return Promise.resolve();
      },
      signal: AbortSignal.any([this.#stop.signal, this.#interruption.signal]),
    });
    await stored;
    return sandbox;
  }

  /** Nothing of earlier preparations stays. */
  async #clear(halfMade: Sandbox | null): Promise<void> {
    await this.#storeSandboxRef(null);
    const { sessionId: id } = this.turn;
    const left = halfMade ?? (await this.#driver.create({ id, egress: { type: "unrestricted" } }));
    this.#sandbox = null;
    await left.destroy();
  }

  // Session before turn, as in every transaction: another order would end in deadlocks.
  async #storeSandboxRef(ref: string | null): Promise<void> {
    const { sessionId, turn, attempt } = this.turn;
    const { rowCount } = await this.#ask(() =>
      this.#services.store.db.execute(sql`
        with session as materialized (
          select id from sessions where id = ${sessionId} for no key update
        ), own as materialized (
          select turn from turns
          where session_id = ${sessionId} and turn = ${turn} and attempt = ${attempt} and status = 'running'
            and exists (select from session)
          for share
        )
        update sessions set sandbox_ref = ${ref} where id = ${sessionId} and exists (select from own)`),
    );
    if (rowCount === 1) return;
    this.lose();
    this.#stop.signal.throwIfAborted();
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
          ...{ chars: data.length, spoolOffset: record.nextOffset },
          agentEvents: this.#decoder.write(data, record.stream),
        },
      );
    }
    return { reason: "lost" };
  }

  async #finish(ended: TurnOutcome): Promise<void> {
    const { entries, agentEvents, spoolOffset } = await this.#pump.drain();
    const interrupted = this.#interruption.isRequested;
    const decoded = this.#decoder.end({
      ...{ exitCode: ended.exitCode, interrupted },
      failure: ended.message?.trimEnd() ?? null,
    });
    const { summary } = decoded;
    const isCutShort = interrupted && summary.verdict === "interrupted" && !ended.isInterrupted;
    const outcome = isCutShort ? interruptedTurn({ isSandboxUseless: false }) : ended;
    const request = {
      ...{ turn: this.turn, outcome, summary, entries, spoolOffset },
      agentEvents: [...agentEvents, ...decoded.entries],
    };
    const isFinished = await this.#ask(() => finishTurn(this.#services.log, request));
    if (!isFinished) this.lose();
    else if (outcome.isSandboxUseless) await this.#sandbox?.destroy();
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

  /** A session that is over leaves nothing behind. */
  async #tidy(): Promise<void> {
    if (this.#stop.signal.reason !== "lost" || this.#sandbox === null) return;
    if (await this.#isSessionOver()) await this.#sandbox.destroy();
  }

  async #isSessionOver(): Promise<boolean> {
    const { sessionId } = this.turn;
    const rows = await this.#services.store.db
      .select({ status: sessions.status })
      .from(sessions)
      .where(sql`${sessions.id} = ${sessionId}`);
    return rows[0] === undefined || rows[0].status === "terminated";
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return untilDatabaseAnswers(question, this.#stop.signal, (error) => this.#report(error, "database is away"));
  }

  #createDecoder(runtime: string, usageBefore: AgentUsage = {}): TurnDecoder {
    return new TurnDecoder({
      runtime,
      usageBefore,
      onError: (error) => this.#report(error, "output cannot be decoded any further"),
    });
  }

  get #id(): string {
    return `${this.turn.sessionId}-${String(this.turn.turn)}`;
  }

  #report(error: unknown, message: string): void {
    const { sessionId, turn } = this.turn;
    this.#services.logger.warn({ err: error, sessionId, turn }, message);
  }
}
