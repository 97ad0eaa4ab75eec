import { pino } from "pino";
import { sql } from "drizzle-orm";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { buildApp } from "../../src/app.ts";
import { createApiKey } from "../../src/auth/api-keys.ts";
import { createKey, createKeyring, parseKey } from "../../src/auth/keyring.ts";
import { readEnv, type ServerEnv } from "../../src/env.ts";
import { openEventTail } from "../../src/events/postgres-event-tail.ts";
import { createEventLog } from "../../src/events/postgres-event-log.ts";
import { SessionFeeds } from "../../src/events/session-feeds.ts";
import type { DriverKind } from "../../src/domain/isolation.ts";
import type { SandboxDriver } from "../../src/sandboxes/sandbox-driver.ts";
import type { Services } from "../../src/services.ts";
import { createTestOwner, createTestStore } from "./database.ts";

export interface FaceAppOptions {
  readonly env?: Partial<ServerEnv>;
  /** null: the server has none. @default "local" */
  readonly driver?: DriverKind | null;
}

/** One request; `key` false sends none, and `raw` is sent as it is. */
export interface FaceRequest {
  readonly key?: string | false;
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface FaceAnswer {
  readonly status: number;
  readonly headers: LightMyRequestResponse["headers"];
  readonly text: string;
  /** The parsed body; undefined when there is none. */
  readonly body: unknown;
}

/** The HTTP application on a database of its own; what runs turns is replaced by a record of what it was asked. */
export interface FaceApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly services: Services;
  readonly ownerId: string;
  readonly key: string;
  /** Sessions that were stopped. */
  readonly stopped: { readonly sessionId: string; readonly sandboxRef: string | null }[];
  /** Running turns whose workers were told to interrupt them. */
  readonly interrupted: { readonly sessionId: string; readonly turn: number }[];
  /** Everything that was logged, as text. */
  readonly logged: string[];
  /** Whether sandboxes of finished sessions are still there. */
  sandboxesAvailable: boolean;
  /** The committed jobs of the queue. */
  jobs(): Promise<{ sessionId: string; turn: number }[]>;
  /** @returns the key of another, new owner */
  addOwner(): Promise<{ ownerId: string; key: string }>;
  send(method: string, path: string, request?: FaceRequest): Promise<FaceAnswer>;
}

const notUsed = () => Promise.reject(new Error("not part of these tests"));

function driverNamed(kind: DriverKind): SandboxDriver {
  const capabilities = { filesystem: false, egress: "none", survivesServer: true } as const;
  const driver = { probe: notUsed, create: notUsed, attach: notUsed, list: notUsed, close: () => undefined };
  return { kind, capabilities, ...driver, reaches: () => true, warm: () => Promise.resolve() };
}

function newKeyring() {
  const key = parseKey(createKey());
  if (key === null) throw new Error("no key");
  return createKeyring([key]);
}

/** Starts an application for the tests of one file. */
export async function createFaceApp(options: FaceAppOptions = {}): Promise<FaceApp> {
  const store = await createTestStore({ poolSize: 8 });
  await store.db.execute(sql`create table test_jobs (position serial, session_id uuid, turn int)`);
  const tail = await openEventTail(store);
  const feeds = new SessionFeeds({ store, tail });
  const logged: string[] = [];
  const stopped: { sessionId: string; sandboxRef: string | null }[] = [];
  const interrupted: { sessionId: string; turn: number }[] = [];
  const { driver = "local" } = options;

  const services: Services = {
    env: { ...readEnv({}), ...options.env },
    store,
    tail,
    feeds,
    log: createEventLog(store, tail),
    keyring: newKeyring(),
    logger: pino({ level: "debug" }, { write: (line: string) => void logged.push(line) }),
    driver: driver === null ? null : driverNamed(driver),
    queue: {
      // In the caller's transaction, as the real queue does it: a rollback takes the job with it.
      async enqueue(db, { sessionId, turn }) {
        await db.execute(sql`insert into test_jobs (session_id, turn) values (${sessionId}, ${turn})`);
      },
      liveHosts: () => Promise.resolve(new Set()),
    },
    control: {
      stop: (session) => {
        stopped.push(session);
        return Promise.resolve();
      },
      interrupt: (turn) => {
        interrupted.push(turn);
        return Promise.resolve();
      },
      isSandboxAvailable: () => Promise.resolve(face.sandboxesAvailable),
    },
    health: () =>
      Promise.resolve({ status: "ok", checks: { database: "ok", encryption: "ok", storage: "ok" }, driver: "local" }),
  };
  const app = buildApp(services);

  async function addOwner() {
    const ownerId = await createTestOwner(store);
    const { key } = await createApiKey(store.db, { ownerId, name: "test" });
    return { ownerId, key };
  }
  const own = await addOwner();

  const face: FaceApp = {
    app,
    services,
    stopped,
    interrupted,
    logged,
    addOwner,
    ...own,
    sandboxesAvailable: true,
    async jobs() {
      const { rows } = await store.pool.query<{ session_id: string; turn: number }>(
        "select session_id, turn from test_jobs order by position",
      );
      return rows.map((row) => ({ sessionId: row.session_id, turn: row.turn }));
    },
    async send(method, path, request = {}) {
      const { key = own.key, body, raw, headers = {} } = request;
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await app.inject({
        method: method as "GET",
        url: path,
        headers: { ...(key === false ? {} : { authorization: `Bearer ${key}` }), ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      const text = response.body;
      const isJson = String(response.headers["content-type"]).startsWith("application/json");
      return {
        status: response.statusCode,
        headers: response.headers,
        text,
        body: isJson && text !== "" ? (JSON.parse(text) as unknown) : undefined,
      };
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      feeds[Symbol.dispose]();
      await tail[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
  return face;
}
