import pg from "pg";
import { connectionConfig } from "./connection.ts";

const [firstRetryMs, longestRetryMs] = [100, 2_000];
/** More often than the longest silence that a connection may keep, which is what notices a dead one. */
const aliveEveryMs = 10_000;

/** Who hears a channel. Its functions must not throw. */
export interface ChannelListener {
  /** @param isOwn It was sent by {@link Notifications.notify} of the same object. */
  readonly onNotification: (payload: string, isOwn: boolean) => void;
  /** The connection is there again: what was sent meanwhile was missed. */
  readonly onReconnect?: () => void;
}

export interface NotificationsOptions {
  readonly connectionString: string;
  /** See {@link connectionConfig}. */
  readonly silenceMs?: number | undefined;
  /** Told about a lost connection, and about every failed try to get another. */
  readonly onError: (error: unknown) => void;
}

/** LISTEN and NOTIFY of a whole process on one connection, which is opened when somebody listens and repaired when it is lost. */
export class Notifications implements AsyncDisposable {
  readonly #options: NotificationsOptions;
  readonly #channels = new Map<string, Set<ChannelListener>>();
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  #alive: NodeJS.Timeout | undefined;
  /** A connection takes one statement at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: NotificationsOptions) {
    this.#options = options;
  }

  /**
   * Hears a channel from when this resolves.
   *
   * @returns the function that ends it.
   * @throws when the database does not answer. Later losses are repaired.
   */
  async listen(channel: string, listener: ChannelListener): Promise<() => void> {
    const listeners = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, listeners.add(listener));
    const end = () => void listeners.delete(listener);
    try {
      if (this.#client === null) await this.#connect();
      else await this.#ask(this.#client, `listen ${channel}`);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  /** Sends at once, or not at all while the connection is lost. */
  async notify(channel: string, payload: string): Promise<void> {
    if (this.#client !== null) await this.#ask(this.#client, "select pg_notify($1, $2)", [channel, payload]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#connecting?.catch(() => undefined);
    clearInterval(this.#alive);
    await this.#last;
    await this.#client?.end().catch(() => undefined);
  }

  #ask(client: pg.Client, text: string, values: readonly string[] = []): Promise<unknown> {
    const asked = this.#last.then(() => client.query(text, [...values]));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  #connect(): Promise<void> {
    if (this.#client !== null) return Promise.resolve();
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    const { connectionString, silenceMs, onError } = this.#options;
    const client = new pg.Client({ ...connectionConfig(connectionString, silenceMs), application_name: "aod listen" });
    client.on("error", onError);
    client.once("end", () => {
      if (this.#client === client) this.#repair();
    });
    client.on("notification", ({ channel, payload = "", processId }) => {
      const isOwn = processId === ownProcessId(client);
      for (const { onNotification } of this.#channels.get(channel) ?? []) onNotification(payload, isOwn);
    });
    try {
      await client.connect();
      // Whoever comes meanwhile is in the map, and heard too.
      for (const channel of this.#channels.keys()) await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    this.#retryMs = firstRetryMs;
    this.#alive = setInterval(() => {
      this.#ask(client, "select").catch(() => undefined);
    }, aliveEveryMs).unref();
  }

  #repair(): void {
    this.#client = null;
    clearInterval(this.#alive);
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#connect().then(
        () => {
          for (const listeners of this.#channels.values()) for (const { onReconnect } of listeners) onReconnect?.();
        },
        (error: unknown) => {
          this.#options.onError(error);
          this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
          this.#repair();
        },
      );
    }, this.#retryMs);
  }
}

/** `pg` knows its backend's process id; its types do not. */
function ownProcessId(client: pg.Client): number | undefined {
  return "processID" in client && typeof client.processID === "number" ? client.processID : undefined;
}
