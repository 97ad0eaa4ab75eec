import type { Logger } from "pino";
import type { Keyring } from "./auth/keyring.ts";
import type { ServerEnv } from "./env.ts";
import type { EventLog } from "./events/event-log.ts";
import type { EventTail } from "./events/event-tail.ts";
import type { SessionFeeds } from "./events/session-feeds.ts";
import type { SandboxDriver } from "./sandboxes/sandbox-driver.ts";
import type { Store } from "./store/store.ts";
import type { SessionControl, TurnQueue } from "./turns/turn-queue.ts";

/** One named check of `GET /health`. */
export type HealthCheck = "ok" | "failed";

export interface Health {
  readonly status: HealthCheck;
  readonly checks: {
    /** It answers. */
    readonly database: HealthCheck;
    /** Secrets can be sealed and opened. */
    readonly encryption: HealthCheck;
    /** There is room in the data directory. */
    readonly storage: HealthCheck;
  };
  /** What makes sandboxes here; null when new sessions are refused. */
  readonly driver: string | null;
}

/** The open parts of one server process: what routes and workers are handed. */
export interface Services {
  readonly env: ServerEnv;
  readonly store: Store;
  readonly log: EventLog;
  readonly tail: EventTail;
  /** The open event streams of this process. */
  readonly feeds: SessionFeeds;
  readonly queue: TurnQueue;
  readonly control: SessionControl;
  readonly keyring: Keyring;
  /** null when none was chosen: new sessions are refused with 503. */
  readonly driver: SandboxDriver | null;
  readonly logger: Logger;
  /** Never throws. */
  health(): Promise<Health>;
}
