import { once } from "node:events";
import type { Writable } from "node:stream";
import { encodeComment } from "@aod/stream/encode";
import { findUsableKeys } from "../store/api-keys.ts";
import { findLinkedIdentities } from "../store/identities.ts";
import type { Store } from "../store/store.ts";
import type { EventTail } from "./event-tail.ts";
import { SessionFeed } from "./session-feed.ts";
import { readSessionPage } from "./session-page.ts";
import { Subscriber, type SubscriberOptions } from "./subscriber.ts";
import { staleFrame } from "./terminal-frame.ts";

const heartbeatMs = 15_000;
const staleMs = 600_000;
const blockedMs = 60_000;
const sweepMs = 1_000;
const credentialCheckMs = 15_000;
const heartbeat = encodeComment("heartbeat");

/** Time as the feeds see it; tests move it by hand. */
export interface FeedClock {
  /** Milliseconds from any fixed point. */
  now(): number;
  /** @returns the function that ends it. */
  every(ms: number, work: () => void): () => void;
}

const systemClock: FeedClock = {
  now: () => performance.now(),
  every: (ms, work) => {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
};

export interface SessionFeedsOptions {
  readonly store: Store;
  readonly tail: EventTail;
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: FeedClock | undefined;
}

export type ServeOptions = Pick<SubscriberOptions, "after" | "follows" | "keyId" | "identity" | "endsInMs">;

interface OpenFeed {
  readonly feed: SessionFeed;
  readonly unwatch: () => void;
}

/** All sessions that have readers in this process. */
export class SessionFeeds implements Disposable {
  readonly #options: SessionFeedsOptions;
  readonly #clock: FeedClock;
  readonly #open = new Map<string, OpenFeed>();
  readonly #stopSweep: () => void;
  #credentialsCheckedAt: number;
  #closed = false;

  constructor(options: SessionFeedsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#credentialsCheckedAt = this.#clock.now();
    // One timer for all connections: heartbeats need no better precision.
    this.#stopSweep = this.#clock.every(sweepMs, () => this.#sweep());
  }

  /**
   * Writes the events of a session to `output`, then follows it. Ends `output` after the terminal event, when the session
   * is removed, when the key is revoked, the identity is unlinked or what it was opened with expires, and when this is closed.
   *
   * @param options.after Events with a higher id are written; 0 writes all.
   * @param options.follows false ends behind what is stored now, with a comment when the session goes on.
   * @returns when `output` is closed, by whichever side.
   */
  async serve(sessionId: string, options: ServeOptions, output: Writable): Promise<void> {
    if (this.#closed || output.destroyed) {
      output.end();
      return;
    }
    const { feed } = this.#feed(sessionId);
    const subscriber = new Subscriber(output, {
      ...options,
      now: () => this.#clock.now(),
      onDrain: () => feed.advance(subscriber),
    });
    feed.add(subscriber);
    // A reader that goes away may show as an error; either way the output is closed.
    output.on("error", () => undefined);
    await once(output, "close").catch(() => undefined);
    subscriber.isOver = true;
    feed.subscribers.delete(subscriber);
    if (feed.subscribers.size === 0) this.#close(sessionId, feed);
  }

  /** How many connections are open. */
  get size(): number {
    return this.#subscribers().length;
  }

  /** Ends all connections; their clients may resume elsewhere. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#stopSweep();
    for (const subscriber of this.#subscribers()) subscriber.end();
  }

  #subscribers(): Subscriber[] {
    return [...this.#open.values()].flatMap(({ feed }) => [...feed.subscribers]);
  }

  #feed(sessionId: string): OpenFeed {
    const existing = this.#open.get(sessionId);
    if (existing !== undefined) return existing;
    const { store, tail, onError } = this.#options;
    const feed = new SessionFeed({
      readPage: (after, limit) => readSessionPage(store, { sessionId, after, limit }),
      onError: (error) => onError?.(error),
    });
    const opened = { feed, unwatch: tail.watch(sessionId, (change) => feed.notify(change)) };
    this.#open.set(sessionId, opened);
    return opened;
  }

  #close(sessionId: string, feed: SessionFeed): void {
    const opened = this.#open.get(sessionId);
    if (opened?.feed !== feed) return;
    opened.unwatch();
    this.#open.delete(sessionId);
  }

  async #checkKeys(): Promise<void> {
    const ids = new Set(this.#subscribers().flatMap(({ keyId }) => keyId ?? []));
    if (ids.size === 0) return;
    const usable = await findUsableKeys(this.#options.store.db, [...ids]);
    for (const subscriber of this.#subscribers()) {
      // One that came meanwhile was not asked for.
      const { keyId } = subscriber;
      if (keyId !== null && ids.has(keyId) && !usable.has(keyId)) subscriber.end();
    }
  }

  async #checkIdentities(): Promise<void> {
    const asked = this.#subscribers().filter(({ identity }) => identity !== null);
    if (asked.length === 0) return;
    const linked = await findLinkedIdentities(
      this.#options.store.db,
      asked.flatMap(({ identity }) => identity ?? []),
    );
    for (const subscriber of asked) if (!linked.has(subscriber.identity)) subscriber.end();
  }

  #sweep(): void {
    const now = this.#clock.now();
    if (now - this.#credentialsCheckedAt >= credentialCheckMs) {
      this.#credentialsCheckedAt = now;
      for (const check of [this.#checkKeys(), this.#checkIdentities()]) {
        check.catch((error: unknown) => this.#options.onError?.(error));
      }
    }
    for (const { feed } of this.#open.values()) {
      for (const subscriber of feed.subscribers) {
        if (subscriber.blockedAt !== null) {
          // Also one that is over: its socket stays open until the reader has taken the rest.
          const isExpired = !subscriber.isOver && now >= subscriber.endsAt;
          if (isExpired || now - subscriber.blockedAt > blockedMs) subscriber.drop();
        } else if (subscriber.isOver) {
          continue;
        } else if (now >= subscriber.endsAt) {
          subscriber.end();
        } else if (feed.isCaughtUp(subscriber) && now - subscriber.lastEventAt > staleMs) {
          subscriber.end(staleFrame(subscriber.lastId, staleMs / 1_000));
        } else if (now - subscriber.lastHeartbeatAt >= heartbeatMs) {
          subscriber.lastHeartbeatAt = now;
          subscriber.write(heartbeat);
        }
      }
    }
  }
}
