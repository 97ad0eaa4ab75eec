import type { Store } from "../store/store.ts";
import type { EventTail, SessionChange } from "./event-tail.ts";

const channel = "aod_events";
/** NOTIFY takes a lock on the whole database at commit, so a process sends one for everything that became dirty meanwhile. */
const coalesceMs = 5;
const pollMs = 1_500;
const longestPayload = 7_999;

export interface EventTailOptions {
  /** Told about what could not be sent or read; the tail goes on by itself. */
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
  #endListening: (() => void) | undefined;
  #closed = false;
  #notifyTimer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #working: Promise<unknown> = Promise.resolve();

  constructor(store: Store, options: EventTailOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** @throws when the database does not answer. */
  async open(): Promise<this> {
    this.#endListening = await this.#store.notifications.listen(channel, {
      onNotification: (payload, isOwn) => {
        // Readers in this process were woken by publish() already.
        if (!isOwn) for (const sessionId of payload.split(" ")) this.#wake(sessionId, null);
      },
      // Whatever happened while nobody listened.
      onReconnect: () => {
        for (const sessionId of this.#watchers.keys()) this.#wake(sessionId, null);
      },
    });
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
    this.#endListening?.();
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#notifyTimer);
    await this.#working;
    // The readers in other processes should not have to wait for their poll.
    await this.#notify();
  }

  #wake(sessionId: string, change: SessionChange): void {
    for (const watcher of this.#watchers.get(sessionId) ?? []) watcher(change);
  }

  async #notify(): Promise<void> {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    const idsInOne = Math.floor((longestPayload + 1) / 37);
    try {
      for (let i = 0; i < ids.length; i += idsInOne) {
        await this.#store.notifications.notify(channel, ids.slice(i, i + idsInOne).join(" "));
      }
    } catch (error) {
      // A wake-up only: other processes find the events with their next poll.
      this.#options.onError?.(error);
    }
  }

  /** One at a time. */
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

/**
 * The tail on PostgreSQL's LISTEN and NOTIFY.
 *
 * @throws when the database does not answer. Later losses are repaired by themselves.
 */
export async function openEventTail(store: Store, options: EventTailOptions = {}): Promise<EventTail> {
  return new PostgresEventTail(store, options).open();
}
