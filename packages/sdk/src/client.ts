import { createTransport } from "@aod/transport";
import type { Transport } from "@aod/transport";
import { resolveServer } from "./client-options.ts";
import type { ClientOptions } from "./client-options.ts";
import { toError } from "./errors.ts";
import { Api } from "./internal/api.ts";
import type { RequestOptions } from "./request-options.ts";
import { Agents } from "./resources/agents.ts";
import { Environments } from "./resources/environments.ts";
import { Keys } from "./resources/keys.ts";
import { Sessions } from "./resources/sessions.ts";
import { VERSION } from "./version.ts";

/** What `client.health` answers. */
export interface Health {
  /** `ok` when the server works. */
  readonly status: string;
  /** The state of single parts; only on servers that say. */
  readonly checks?: Readonly<Record<string, string>>;
  /** What makes sandboxes there; null when new sessions are refused, missing on servers that do not say. */
  readonly driver?: string | null;
}

/**
 * A client of one Agent on Demand server.
 *
 * ```ts
 * await using client = new Client(); // AOD_API_URL and AOD_API_TOKEN
 * const { session } = await client.sessions.run({ agentId, prompt: "Print the date." });
 * ```
 */
export class Client implements AsyncDisposable {
  /** Versioned templates of what runs. */
  readonly agents: Agents;
  /** Versioned recipes of the sandboxes that agents run in. */
  readonly environments: Environments;
  /** Agents at work. */
  readonly sessions: Sessions;
  /** The API keys of the account. */
  readonly keys: Keys;
  readonly #api: Api;
  readonly #transport: Transport;

  /** @throws AodError `invalid_config` when the token is missing or the base URL can't be used; no request is sent */
  constructor(options: ClientOptions = {}) {
    const { fetch, timeoutMs, retry, headers, idempotencyKeys = true, onRequest, onResponse, onRetry } = options;
    this.#transport = createTransport({
      ...resolveServer(options),
      hooks: { onRequest, onResponse, onRetry },
      userAgent: `aod-sdk-ts/${VERSION}`,
      fetch,
      timeoutMs,
      retry,
      headers,
      toError,
    });
    this.#api = new Api(this.#transport, idempotencyKeys);
    this.agents = new Agents(this.#api);
    this.environments = new Environments(this.#api);
    this.sessions = new Sessions(this.#api);
    this.keys = new Keys(this.#api);
  }

  /** The server's address, without a trailing slash. */
  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /**
   * Asks the server how it is; tells at once, without repeats.
   *
   * @throws ServerError (503) when a part of it fails; `detail` says which
   * @throws ConnectionError, RequestTimeoutError when it can't be asked
   */
  health(options?: RequestOptions): Promise<Health> {
    return this.#api.one(
      { method: "GET", path: "/health", maxRetries: 0 },
      (wire) => wire as unknown as Health,
      options,
    );
  }

  /**
   * Ends open streams, whose loops end as if there were no more events, and requests, with an error of the code `aborted`,
   * and drops the connections. Later calls fail the same way.
   */
  async close(): Promise<void> {
    this.sessions.closeStreams();
    await this.#transport.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
