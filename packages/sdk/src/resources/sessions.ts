import { EventStream } from "@aod/stream";
import { pathOf } from "@aod/transport";
import { AodError } from "@aod/core/errors";
import { decodeEvent } from "../events.ts";
import type { SessionEvent } from "../events.ts";
import type { Api } from "../internal/api.ts";
import { secretsIn } from "../internal/wire.ts";
import { decodeAgentEvent } from "../models/agent-event.ts";
import type { AgentEvent } from "../models/agent-event.ts";
import { decodeSession, decodeSessionAck, decodeSessionTurn, encodeSessionCreate } from "../models/session.ts";
import type {
  PromptParams,
  Session,
  SessionAck,
  SessionCreateParams,
  SessionTurn,
  TurnResult,
} from "../models/session.ts";
import type { CreateOptions, RequestOptions } from "../request-options.ts";
import type { SessionStream } from "../session-stream.ts";

/** Settings of `sessions.stream`. */
export interface StreamOptions {
  /** Begin after this event. Only a stream from the start can be checked for completeness. @default the start */
  readonly since?: number | null | undefined;
  /** Ends the stream; its reason is thrown from the loop, as it is. */
  readonly signal?: AbortSignal | undefined;
  /** False ends the stream after the events that are stored by now, without waiting for the turn's end. @default true */
  readonly follow?: boolean | undefined;
  /** Reconnects in a row without a new event before the last error is thrown. @default 10 */
  readonly maxRetries?: number | undefined;
  /** Longest wait before a reconnect, in milliseconds. Each wait is a random part of a limit that doubles up to it. @default 10_000 */
  readonly maxDelayMs?: number | undefined;
  /** Told before each wait for a reconnect, for logs. */
  readonly onReconnect?: ((event: ReconnectEvent) => void) | undefined;
}

/** A connection of a stream is going to be replaced. */
export interface ReconnectEvent {
  readonly error: Error;
  /** 1 for the first reconnect since the last new event. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly lastEventId: number | null;
}

/** Settings of `sessions.run` and `sessions.wait`. */
export interface WaitOptions extends Omit<StreamOptions, "since" | "follow"> {
  /** Called with each event; the next one waits for a promise that it returns. */
  readonly onEvent?: ((event: SessionEvent) => void | Promise<void>) | undefined;
  /** False keeps memory flat: `events` of the result stays empty. @default true */
  readonly collectEvents?: boolean | undefined;
}

/** Which turn of a session is meant. */
export interface TurnOptions extends RequestOptions {
  /** Its number, from 1. @default the last one */
  readonly turn?: number | undefined;
}

/** How a session went. */
export interface RunResult {
  /** After the stream's end. */
  readonly session: Session;
  readonly events: readonly SessionEvent[];
  /** True when the server's count and digest proved that no event is missing. */
  readonly verified: boolean;
}

/** `/sessions`: agents at work. Methods throw as those of `Agents`, and what stands below. */
export class Sessions {
  readonly #api: Api;
  readonly #open = new Set<SessionStream>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** Every session, newest first. */
  async list(options?: RequestOptions): Promise<Session[]> {
    return this.#api.list({ method: "GET", path: "/sessions" }, decodeSession, options);
  }

  /**
   * Starts a session. The answer comes before the work: follow it with {@link stream} or {@link wait}.
   *
   * @throws RateLimitError when too many sessions are active
   * @throws ValidationError when a value is wrong
   * @throws ConflictError when the agent or the environment is archived
   */
  async create(params: SessionCreateParams, options?: CreateOptions): Promise<SessionAck> {
    const tokens = params.resources?.flatMap(({ authorizationToken }) => secretsIn({ authorizationToken })) ?? [];
    const secrets = [...secretsIn(params.secretEnvVars), ...tokens];
    const call = { method: "POST", path: "/sessions", body: encodeSessionCreate(params), secrets };
    return this.#api.once(call, decodeSessionAck, options);
  }

  /** A session as it is now. */
  async get(id: string, options?: RequestOptions): Promise<Session> {
    return this.#api.one({ method: "GET", path: pathOf`/sessions/${id}` }, decodeSession, options);
  }

  /**
   * Starts the next turn of a completed session.
   *
   * @throws ConflictError when the session is in any other state
   * @throws ValidationError when a value is wrong
   */
  async prompt(id: string, params: PromptParams, options?: CreateOptions): Promise<SessionAck> {
    const call = { method: "POST", path: pathOf`/sessions/${id}/prompt`, body: params };
    return this.#api.once(call, decodeSessionAck, options);
  }

  /** Every prompt and what became of it, first turn first. */
  async turns(id: string, options?: RequestOptions): Promise<SessionTurn[]> {
    return this.#api.list({ method: "GET", path: pathOf`/sessions/${id}/turns` }, decodeSessionTurn, options);
  }

  /**
   * What the last turn, or the given one, came to: the final answer, the verdict, usage and cost. Does not wait: see
   * {@link wait}.
   *
   * @throws AodError `not_found` when there is no such turn
   */
  async result(id: string, options: TurnOptions = {}): Promise<TurnResult> {
    const turns = await this.turns(id, options);
    const { turn = turns.length } = options;
    const found = turns.find(({ turnNumber }) => turnNumber === turn);
    if (found === undefined) throw new AodError("not_found", `Session ${id} has no turn ${turn}.`);
    return found;
  }

  /**
   * What the agent did in a turn, as far as it is known by now, first event first. The pages are asked for as the loop
   * goes on, and that is also where an HTTP error surfaces.
   *
   * @param options.after begins behind this position
   * @throws NotFoundError from the loop when there is no such turn
   */
  async *turnEvents(
    id: string,
    turn: number,
    options: RequestOptions & { readonly after?: number | undefined } = {},
  ): AsyncGenerator<AgentEvent, void, undefined> {
    const path = pathOf`/sessions/${id}/turns/${String(turn)}/events`;
    for (let { after = 0 } = options, isLast = false; !isLast;) {
      const call = { method: "GET", path, query: { after, limit: 1000 } };
      const [events, more] = await this.#api.page(call, decodeAgentEvent, options);
      yield* events;
      after = events.at(-1)?.position ?? after;
      isLast = !more;
    }
  }

  /**
   * Cuts the current turn short. The answer comes before its end, with the status until now; the session is `completed`
   * soon after and takes the next prompt.
   *
   * @throws ConflictError when no turn waits or runs
   */
  async interrupt(id: string, options?: RequestOptions): Promise<SessionAck> {
    return this.#api.one({ method: "POST", path: pathOf`/sessions/${id}/interrupt` }, decodeSessionAck, options);
  }

  /**
   * Ends a session and its sandbox for good; its events stay.
   *
   * @throws ConflictError when it is terminated already
   */
  async terminate(id: string, options?: RequestOptions): Promise<SessionAck> {
    return this.#api.one({ method: "POST", path: pathOf`/sessions/${id}/terminate` }, decodeSessionAck, options);
  }

  /**
   * Removes a session with its turns and events.
   *
   * @throws ConflictError while it is active
   */
  async delete(id: string, options?: RequestOptions): Promise<void> {
    return this.#api.remove(pathOf`/sessions/${id}/delete`, options);
  }

  /**
   * The events of a session, those before now first, until its current turn is over. Connects when it is iterated, so
   * that is also where an HTTP error surfaces.
   *
   * @throws AodError `invalid_config` for an id that is empty; the loop throws what {@link SessionStream} says
   */
  stream(id: string, options: StreamOptions = {}): SessionStream {
    return this.#stream(id, options, false);
  }

  /**
   * Starts a session, follows it to the end and reads how it went. An abort ends the wait, not the session.
   *
   * @throws as {@link create} and as the loop of {@link stream}
   */
  async run(
    params: SessionCreateParams,
    options: WaitOptions & Pick<CreateOptions, "idempotencyKey"> = {},
  ): Promise<RunResult> {
    const { signal, idempotencyKey } = options;
    const { id } = await this.create(params, { signal, idempotencyKey });
    return this.wait(id, options);
  }

  /**
   * Follows a session until its current turn is over, however long it is silent, and reads how it went.
   *
   * @throws as the loop of {@link stream}
   */
  async wait(id: string, options: WaitOptions & Pick<StreamOptions, "since"> = {}): Promise<RunResult> {
    const { onEvent, collectEvents = true, signal } = options;
    const events: SessionEvent[] = [];
    const stream = this.#stream(id, options, true);
    for await (const event of stream) {
      if (collectEvents) events.push(event);
      await onEvent?.(event);
    }
    return { session: await this.get(id, { signal }), events, verified: stream.verified };
  }

  #stream(id: string, options: StreamOptions, resumeStale: boolean): SessionStream {
    const path = pathOf`/sessions/${id}/stream`;
    const { since, follow, signal, maxRetries, maxDelayMs, onReconnect } = options;
    const stream: SessionStream = new EventStream({
      open: (lastEventId, connection) => {
        this.#open.add(stream);
        return this.#api.transport.stream({
          method: "GET",
          path,
          // Not as `Last-Event-ID`: pages of other origins may not send that header everywhere.
          query: { since: lastEventId ?? undefined, follow: follow === false ? "false" : undefined },
          headers: { accept: "text/event-stream" },
          signal: connection,
          // The stream itself reconnects, and knows from where.
          maxRetries: 0,
        });
      },
      decode: decodeEvent,
      onClose: () => this.#open.delete(stream),
      onRetry: onReconnect,
      since,
      follow,
      resumeStale,
      signal,
      maxRetries,
      maxDelayMs,
    });
    return stream;
  }

  /** @internal */
  closeStreams(): void {
    for (const stream of this.#open) stream.close();
  }
}
