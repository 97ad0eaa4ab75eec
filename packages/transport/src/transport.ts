import { AodError } from "@aod/core/errors";
import { parseBaseUrl } from "./base-url.ts";
import { sleep, systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { AodHttpError, ConnectionError, InvalidResponseError, RequestTimeoutError } from "./errors.ts";
import type { HttpFailure, RequestInfo } from "./errors.ts";
import type { TransportHooks, TransportOptions, TransportRequest, TransportResponse } from "./options.ts";
import type { Platform } from "./platform.ts";
import { Redactor } from "./redact.ts";
import { isPassing, isRepeatable, resolveRetry, retryDelay } from "./retry.ts";
import type { ResolvedRetryOptions } from "./retry.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What is made once per call and shared by its attempts. */
interface Call extends RequestInfo {
  readonly request: TransportRequest;
  readonly target: string;
  readonly body: string | null;
  readonly redactor: Redactor;
}

type Outcome<T> = { readonly value: T } | { readonly failure: HttpFailure };

/** Of the text of an error page, in UTF-16 code units. */
const maxTextLength = 65_536;

/** Sends requests to one server. Make it with `createTransport`. */
export class Transport implements AsyncDisposable {
  /** Where requests go, without a trailing slash. */
  readonly baseUrl: string;
  readonly #options: TransportOptions;
  readonly #platform: Platform;
  readonly #retry: ResolvedRetryOptions;
  readonly #clock: Clock;
  readonly #running = new Set<AbortController>();
  #closed = false;

  /** @throws AodError `invalid_config` for a base URL that can't be used. */
  constructor(options: TransportOptions, platform: Platform) {
    this.baseUrl = parseBaseUrl(options.baseUrl);
    this.#options = options;
    this.#platform = platform;
    this.#retry = resolveRetry(options.retry);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Sends a request and reads the whole answer as JSON. Repeats it where that is safe: idempotent methods, or any with an
   * idempotency key, after broken connections, timeouts, 408, 425, 500, 502 to 504, and a 409 or 429 that says when to come back.
   *
   * @throws whatever `toError` makes of an answer outside 200 to 299
   * @throws ConnectionError, RequestTimeoutError, InvalidResponseError
   * @throws the reason of `request.signal`, untouched
   */
  request(request: TransportRequest): Promise<TransportResponse> {
    return this.#repeat(request, (call, attempt) =>
      this.#exchange(call, attempt, async (response, shown) => {
        const text = await response.text();
        try {
          const body: unknown = text === "" ? null : JSON.parse(text);
          return { status: response.status, headers: response.headers, body, ...shown };
        } catch {
          // Without the parser's error as cause: that quotes the text, which may hold a secret.
          const problem = `the answer (${response.headers.get("content-type") ?? "no content type"}) is not JSON`;
          throw new InvalidResponseError(problem, shown);
        }
      }),
    );
  }

  /**
   * Sends a request and returns the answer as soon as its head is there; reading the body is up to the caller and has no
   * time limit. The signal also ends the body.
   *
   * @throws as {@link request}
   */
  stream(request: TransportRequest): Promise<Response> {
    return this.#repeat(request, (call, attempt) =>
      this.#exchange(call, attempt, (response) => Promise.resolve(response), { streamed: true }),
    );
  }

  /** Ends what is under way with an error of code `aborted` and drops the connections. Later requests fail the same way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(closedError());
    await this.#platform.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #repeat<T>(request: TransportRequest, send: (call: Call, attempt: number) => Promise<Outcome<T>>): Promise<T> {
    const call = this.#prepare(request);
    const repeatable = isRepeatable(request.method, request.idempotencyKey);
    const attempts = 1 + (repeatable ? (request.maxRetries ?? this.#retry.maxRetries) : 0);
    for (let attempt = 1; ; attempt++) {
      let error: Error;
      let retryAfterMs: number | null = null;
      let passing = true;
      try {
        const outcome = await send(call, attempt);
        if ("value" in outcome) return outcome.value;
        retryAfterMs = outcome.failure.retryAfterMs;
        passing = isPassing(outcome.failure.status, retryAfterMs);
        error = this.#options.toError?.(outcome.failure) ?? new AodHttpError(outcome.failure);
      } catch (thrown) {
        if (!ConnectionError.isInstance(thrown) && !RequestTimeoutError.isInstance(thrown)) throw thrown;
        error = thrown;
      }
      if (!passing || attempt >= attempts) throw error;
      const delayMs = retryDelay(attempt, retryAfterMs, this.#retry, this.#options.random ?? Math.random);
      if (delayMs === null) throw error;
      this.#tell("onRetry", { method: call.method, url: call.url, attempt, delayMs, error });
      await this.#abortable(request.signal, (controller) => sleep(this.#clock, delayMs, controller.signal));
    }
  }

  #prepare(request: TransportRequest): Call {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const target = this.baseUrl + request.path + (query.size === 0 ? "" : `?${query.toString()}`);
    const redactor = new Redactor();
    for (const secret of request.secrets ?? []) redactor.add(secret);
    return {
      request,
      target,
      method: request.method,
      url: redactor.text(target),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      redactor,
    };
  }

  /** One attempt: credentials, head and (unless streamed) body under one time limit. */
  #exchange<T>(
    call: Call,
    attempt: number,
    read: (response: Response, shown: RequestInfo) => Promise<T>,
    { streamed = false } = {},
  ): Promise<Outcome<T>> {
    const { signal, timeoutMs = this.#options.timeoutMs ?? 30_000 } = call.request;
    const shown = { method: call.method, url: call.url };
    return this.#abortable(signal, async (controller) => {
      const stopTimer = Number.isFinite(timeoutMs)
        ? this.#clock.after(timeoutMs, () => controller.abort(new RequestTimeoutError(timeoutMs, shown)))
        : () => undefined;
      try {
        const headers = await unlessAborted(this.#headers(call), controller.signal);
        this.#tell("onRequest", { ...shown, headers: call.redactor.headers(headers), attempt });
        const startedAt = this.#clock.now();
        try {
          const response = await this.#send(call, headers, controller.signal, streamed ? signal : undefined);
          const requestId = response.headers.get("x-request-id");
          const durationMs = this.#clock.now() - startedAt;
          this.#tell("onResponse", { ...shown, attempt, status: response.status, requestId, durationMs });
          if (response.ok) return { value: await read(response, shown) };
          const body = await this.#errorBody(call, response, controller);
          const retryAfterMs = parseRetryAfter(response.headers, this.#clock.now());
          return { failure: { ...shown, status: response.status, body, requestId, retryAfterMs, attempt } };
        } catch (error) {
          controller.signal.throwIfAborted();
          if (AodError.isInstance(error)) throw error;
          throw new ConnectionError(call.redactor.text(problemOf(error)), shown, { cause: error });
        }
      } finally {
        stopTimer();
      }
    });
  }

  /** Work that the caller's signal and `close` end, each with its own reason. */
  async #abortable<T>(signal: AbortSignal | undefined, work: (controller: AbortController) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError();
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#running.add(controller);
    try {
      return await work(controller);
    } finally {
      this.#running.delete(controller);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #send(call: Call, headers: Headers, attempt: AbortSignal, body: AbortSignal | undefined): Promise<Response> {
    return this.#platform.fetch(call.target, {
      method: call.method,
      headers,
      body: call.body,
      redirect: "manual",
      // A streamed body outlives the attempt, so there the caller's own signal has to reach it.
      signal: body === undefined ? attempt : AbortSignal.any([attempt, body]),
    });
  }

  async #headers({ request, body, redactor }: Call): Promise<Headers> {
    const credentials = (await this.#options.auth?.()) ?? {};
    for (const value of Object.values(credentials)) redactor.add(value).add(value.replace(/^\w+ /, ""));
    return toHeaders({
      accept: "application/json",
      "content-type": body === null ? undefined : "application/json",
      "idempotency-key": request.idempotencyKey,
      "user-agent": this.#platform.sendsUserAgent ? this.#options.userAgent : undefined,
      ...this.#options.headers,
      ...request.headers,
      ...credentials,
    });
  }

  async #errorBody({ redactor }: Call, response: Response, controller: AbortController): Promise<unknown> {
    try {
      const body = redactor.json(parsed(await response.text()));
      // Cut afterwards, where no secret can be cut in two and stay.
      return typeof body === "string" ? body.slice(0, maxTextLength) : body;
    } catch {
      // The status is known and says more than the broken body; but whoever gave up must still hear their own reason.
      controller.signal.throwIfAborted();
      controller.abort();
      return null;
    }
  }

  #tell<Name extends keyof TransportHooks>(name: Name, event: Parameters<NonNullable<TransportHooks[Name]>>[0]): void {
    try {
      (this.#options.hooks?.[name] as ((told: typeof event) => void) | undefined)?.(event);
    } catch {
      // As TransportHooks promises.
    }
  }
}

function toHeaders(values: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) {
    try {
      if (value !== undefined) headers.set(name, value);
    } catch {
      // Without the platform's error as cause: that quotes the value.
      throw new AodError(
        "invalid_config",
        `The header ${JSON.stringify(name)} has a name or value that can't be sent.`,
      );
    }
  }
  return headers;
}

function closedError(): AodError {
  return new AodError("aborted", "This client is closed. Make a new one, or close it later.");
}

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** fetch says only "fetch failed"; the reason is one or two causes further down. */
function problemOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  if (!(deepest instanceof Error)) return String(deepest);
  const code = "code" in deepest && typeof deepest.code === "string" ? deepest.code : "";
  const problem = deepest.message || code || deepest.name;
  return /^(ECONNREFUSED|ENOTFOUND)$/.test(code) ? `${problem}. Does the server run, is the address right?` : problem;
}

/** Lets an abort end the wait for something that takes no signal. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
