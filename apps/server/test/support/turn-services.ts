import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Networking } from "@aod/core";
import pino from "pino";
import type { AgentSnapshot } from "../../src/domain/session-spec.ts";
import { createEventLog } from "../../src/events/postgres-event-log.ts";
import { openEventTail } from "../../src/events/postgres-event-tail.ts";
import { runtimeFor } from "../../src/runtimes/index.ts";
import { thisMachine } from "../../src/runtimes/machine.ts";
import { LocalDriver } from "../../src/sandboxes/local/local-driver.ts";
import { readHostId } from "../../src/sandboxes/host-id.ts";
import type { Services } from "../../src/services.ts";
import { insertEnvironment } from "../../src/store/environments.ts";
import { sessions, turns } from "../../src/store/schema.ts";
import { sealedField } from "../../src/store/sealed-fields.ts";
import type { Store } from "../../src/store/store.ts";
import { readEnv } from "../../src/env.ts";
import { createSessionControl, createTurnQueue } from "../../src/turns/index.ts";

/** Keeps secrets readable: what is sealed is not what these tests are about. */
const openKeyring = {
  keyId: "open",
  keyIds: ["open"],
  seal: (plaintext: string) => plaintext,
  open: (sealed: string) => sealed,
};

/** What the worker and whoever queues turns need. */
export type TurnServices = Omit<Services, "feeds" | "health">;

export interface TurnServicesOptions {
  /** @default one of its own, removed at the end */
  readonly dataDir?: string;
  /** Between asking a program to stop and making it. @default 500 */
  readonly graceMs?: number;
  /** How long supervisors wait for a worker. @default the driver's */
  readonly abandonAfterMs?: number;
  /** Turns at once. @default 16 */
  readonly concurrency?: number;
}

/** The same, on a real database and the real local driver in a folder of its own. */
export async function createTurnServices(
  store: Store,
  options: TurnServicesOptions = {},
): Promise<TurnServices & AsyncDisposable & { readonly driver: LocalDriver }> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "aod-turns-")));
  const env = {
    ...readEnv({ AOD_DATA_DIR: dataDir, AOD_CACHE_DIR: join(dataDir, "cache"), AOD_DRIVER: "local" }),
    workerConcurrency: options.concurrency ?? 16,
  };
  const logger = pino({ level: process.env["AOD_TEST_LOG"] ?? "silent" });
  const driver = new LocalDriver({
    folder: join(dataDir, "sandboxes"),
    hostId: readHostId(dataDir),
    graceMs: options.graceMs ?? 500,
    ...(options.abandonAfterMs !== undefined && { abandonAfterMs: options.abandonAfterMs }),
  });
  const tail = await openEventTail(store);
  const queue = await createTurnQueue(store, () => undefined);
  return {
    env,
    store,
    tail,
    queue,
    driver,
    logger,
    log: createEventLog(store, tail),
    control: createSessionControl({ store, driver, logger }),
    keyring: openKeyring,
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await tail[Symbol.asyncDispose]();
      for (const ref of await driver.list()) await (await driver.attach(ref))?.destroy();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface TestSession {
  readonly ownerId: string;
  /** @default "command" */
  readonly runtime?: "command" | "claude" | "codex";
  readonly system?: string;
  /** The `command` runtime's argv; the prompt is its standard input. */
  readonly command?: readonly string[];
  readonly prompt?: string;
  readonly timeoutSeconds?: number;
  readonly environmentId?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** An environment with these settings. @returns its id */
export async function createTestEnvironment(
  services: TurnServices,
  ownerId: string,
  settings: { envVars?: Readonly<Record<string, string>>; networking?: unknown; setupScript?: string },
): Promise<string> {
  const id = randomUUID();
  const { envVars = {}, networking = { type: "unrestricted" }, setupScript = "" } = settings;
  const envVarsSealed = services.keyring.seal(JSON.stringify(envVars), sealedField.environmentVariables(id));
  const environment = { id, ownerId, name: id, packages: {}, envVarsSealed, setupScript };
  await insertEnvironment(services.store.db, { ...environment, networking: networking as Networking });
  return id;
}

const identities = {
  command: ["command", "command"],
  claude: ["anthropic/claude-sonnet-4-6", "anthropic"],
  codex: ["openai/o3", "openai"],
} as const;

/** A session with its first turn, queued as the API does it. @returns its id */
export async function startTestSession(services: TurnServices, session: TestSession): Promise<string> {
  const id = randomUUID();
  const { runtime = "command", system = "" } = session;
  const [model, provider] = identities[runtime];
  const agentSnapshot: AgentSnapshot = {
    version: 1,
    name: "test",
    model,
    runtime,
    provider,
    system,
    skills: [],
    mcpServers: [],
    command: session.command ?? null,
  };
  await services.store.db.transaction(async (db) => {
    await db.insert(sessions).values({
      id,
      ownerId: session.ownerId,
      agentSnapshot,
      runtime,
      provider,
      status: "pending",
      runtimeSessionId: randomUUID(),
      driver: "local",
      environmentId: session.environmentId ?? null,
      environmentVersion: session.environmentId === undefined ? null : 1,
      secretsSealed:
        session.secrets === undefined
          ? null
          : services.keyring.seal(JSON.stringify(session.secrets), sealedField.sessionSecrets(id)),
    });
    await addTurn(services, db, { sessionId: id, turn: 1, ...session });
  });
  return id;
}

/** Puts a program in the place of an installed runtime: it runs its prompt as a shell script. */
export async function installStandIn(services: TurnServices, runtime: "claude" | "codex" = "claude"): Promise<void> {
  const wanted = runtimeFor(runtime).install?.(thisMachine());
  if (!wanted) throw new Error(`${runtime} has no build for this machine`);
  const path = join(services.env.cacheDir, "runtimes", `${runtime}-${wanted.version}`, wanted.bin);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "#!/bin/bash\nexec bash\n", { mode: 0o755 });
}

/** The next turn of a session, queued as the API does it. */
export async function promptTestSession(
  services: TurnServices,
  sessionId: string,
  turn: number,
  prompt: string,
): Promise<void> {
  await services.log.transact(sessionId, ({ db }) => addTurn(services, db, { sessionId, turn, prompt }));
}

async function addTurn(
  services: TurnServices,
  db: Store["db"],
  turn: { sessionId: string; turn: number; prompt?: string; timeoutSeconds?: number },
): Promise<void> {
  const { sessionId, prompt = "", timeoutSeconds = 60 } = turn;
  await db.insert(turns).values({ sessionId, turn: turn.turn, prompt, timeoutSeconds, status: "pending" });
  await services.queue.enqueue(db, { sessionId, turn: turn.turn });
}

/** A shell's wait until the test releases it: a turn of which the test can be sure that it still runs. */
export const untilReleased = (name: string): string => `while [ ! -e ${name} ]; do sleep 0.01; done`;

/** Lets the program of a session go on that waits in its workspace. */
export async function release(services: TurnServices, sessionId: string, name: string): Promise<void> {
  await writeFile(join(services.env.dataDir, "sandboxes", sessionId, "workspace", name), "");
}

export interface LoggedEvent {
  readonly type: string;
  readonly id: number;
  readonly [field: string]: unknown;
}

export async function readEvents(services: TurnServices, sessionId: string): Promise<LoggedEvent[]> {
  const events = await services.log.read({ sessionId, after: 0, limit: 100_000 });
  return events.map(({ data }) => JSON.parse(data) as LoggedEvent);
}

/** Waits for the log to hold what `isThere` asks for. */
export async function waitForEvents(
  services: TurnServices,
  sessionId: string,
  isThere: (events: LoggedEvent[]) => boolean,
): Promise<LoggedEvent[]> {
  for (;;) {
    let change = (): void => undefined;
    const changed = new Promise<void>((resolve) => (change = resolve));
    const stopWatching = services.tail.watch(sessionId, () => change());
    const events = await readEvents(services, sessionId);
    if (!isThere(events)) await changed;
    stopWatching();
    if (isThere(events)) return events;
  }
}

/** Waits for a terminal event behind `after`. */
export function waitForEnd(services: TurnServices, sessionId: string, after = 0): Promise<LoggedEvent[]> {
  return waitForEvents(services, sessionId, (events) => {
    const last = events.at(-1);
    return last !== undefined && last.id > after && terminal.has(last.type);
  });
}

const terminal = new Set(["exit", "error", "terminated"]);

/** What the programs of the session wrote to one stream. */
export function outputOf(events: readonly LoggedEvent[], stream = "stdout"): string {
  return events.map((event) => (event.type === "output" && event["stream"] === stream ? event["data"] : "")).join("");
}
