import pg from "pg";
import type { Store } from "../store/store.ts";
import type { EventTail, SessionChange } from "./event-tail.ts";

const channel = "aod_events";
/** NOTIFY takes a lock on the whole database at commit, so a process sends one for everything that became dirty meanwhile. */
const coalesceMs = 5;
const pollMs = 1_500;
const longestPayload = 7_999;

export interface EventTailOptions {
  /** Told about a lost connection; the tail goes on by itself. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Time between two reconciling reads. @default 1500 */
  readonly pollMs?: number | undefined;
}

type Watcher = (change: SessionChange) => void;

class PostgresEventTail implements EventTail {
  readonly #store: Store;
  readonly #options: EventTailOptions;
  readonly #watchers = new Map<string, Set<Watcher>>();
  /** What the last poll saw of each watched session. */
  readonly #seen = new Map<string, string>();
  readonly #dirty = new Set<string>();
  #client: pg.Client | null = null;
  #closed = false;
  #reconnectMs = 100;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #notifyTimer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #working: Promise<unknown> = Promise.resolve();

  constructor(store: Store, options: EventTailOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** @throws when the first connection fails; later ones are retried. */
  async open(): Promise<this> {
    await this.#connect();
    this.#schedulePoll();
    return this;
  }

  watch(sessionId: string, onChange: Watcher): () => void {
    const watchers = this.#watchers.get(sessionId) ?? new Set();
    this.#watchers.set(sessionId, watchers.add(onChange));
    return () => {
      watchers.delete(onChange);
      if (watchers.size > 0 || this.#watchers.get(sessionId) !== watchers) return;
      this.#watchers.delete(sessionId);
      this.#seen.delete(sessionId);
    };
  }

  publish(sessionId: string, events: SessionChange = null): void {
    this.#wake(sessionId, events);
    if (this.#closed) return;
    this.#dirty.add(sessionId);
    this.#scheduleNotify();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#reconnectTimer);
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#notifyTimer);
    await this.#working;
    // The readers in other processes should not have to wait for their poll.
    await this.#notify();
    await this.#client?.end().catch(() => undefined);
  }

  #wake(sessionId: string, change: SessionChange): void {
    for (const watcher of this.#watchers.get(sessionId) ?? []) watcher(change);
  }

  #wakeAll(): void {
    for (const sessionId of this.#watchers.keys()) this.#wake(sessionId, null);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#store.connectionString, application_name: "aod tail" });
    client.on("error", (error) => this.#options.onError?.(error));
    client.once("end", () => {
      if (this.#client !== client) return;
      this.#client = null;
      this.#scheduleReconnect();
    });
    client.on("notification", ({ payload, processId }) => {
      // Readers in this process were woken by publish() already.
      if (processId === ownProcessId(client)) return;
      for (const sessionId of payload?.split(" ") ?? []) this.#wake(sessionId, null);
    });
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    if (this.#closed) {
      await client.end();
      return;
    }
    this.#client = client;
    this.#reconnectMs = 100;
    // Whatever happened while nobody listened.
    this.#wakeAll();
  }

  #scheduleReconnect(): void {
    if (this.#closed) return;
    this.#reconnectTimer = setTimeout(() => {
      this.#working = this.#connect().catch((error: unknown) => {
        this.#options.onError?.(error);
        this.#reconnectMs = Math.min(this.#reconnectMs * 2, 2_000);
        this.#scheduleReconnect();
      });
    }, this.#reconnectMs);
  }

  async #notify(): Promise<void> {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    const idsInOne = Math.floor((longestPayload + 1) / 37);
    try {
      for (let i = 0; i < ids.length; i += idsInOne) {
        await this.#client?.query("select pg_notify($1, $2)", [channel, ids.slice(i, i + idsInOne).join(" ")]);
      }
    } catch (error) {
      // A wake-up only: other processes find the events with their next poll.
      this.#options.onError?.(error);
    }
  }

  /** One at a time: the connection takes one query at once. */
  #scheduleNotify(): void {
    this.#notifyTimer ??= setTimeout(() => {
      this.#working = this.#notify().finally(() => {
        this.#notifyTimer = undefined;
        if (this.#dirty.size > 0 && !this.#closed) this.#scheduleNotify();
      });
    }, coalesceMs);
  }

  #schedulePoll(): void {
    if (this.#closed) return;
    this.#pollTimer = setTimeout(() => {
      this.#working = this.#poll()
        .catch((error: unknown) => this.#options.onError?.(error))
        .finally(() => this.#schedulePoll());
    }, this.#options.pollMs ?? pollMs);
  }

  async #poll(): Promise<void> {
    const ids = [...this.#watchers.keys()];
    if (ids.length === 0) return;
    const { rows } = await this.#store.pool.query<{ id: string; mark: string }>({
      name: "aod_tail_poll",
      text: `select id, last_seq || ' ' || status as mark from sessions where id = any($1::uuid[])`,
      values: [ids],
    });
    const marks = new Map(rows.map(({ id, mark }) => [id, mark]));
    for (const id of ids) {
      const mark = marks.get(id);
      if (mark !== undefined && mark === this.#seen.get(id)) continue;
      if (mark === undefined) this.#seen.delete(id);
      else if (this.#watchers.has(id)) this.#seen.set(id, mark);
      this.#wake(id, null);
    }
  }
}

/** `pg` knows its backend's process id; its types do not. */
function ownProcessId(client: pg.Client): number | undefined {
  return "processID" in client && typeof client.processID === "number" ? client.processID : undefined;
}

/**
 * The tail on PostgreSQL's LISTEN and NOTIFY, with one connection for the whole process.
 *
 * @throws when the database does not answer. Later losses are repaired by themselves.
 */
export async function openEventTail(store: Store, options: EventTailOptions = {}): Promise<EventTail> {
  return new PostgresEventTail(store, options).open();
}
