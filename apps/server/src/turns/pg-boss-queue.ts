import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss, type ConstructorOptions } from "pg-boss";
import { connectionConfig } from "../store/connection.ts";
import type { Db, Store } from "../store/store.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** What a job says. The turn's row is the truth; a job only tells a worker to look at it. */
export interface TurnJob {
  readonly sessionId: string;
  readonly turn: number;
}

const anyHost = "turns";
/** A worker that died between taking a job and claiming its turn is noticed after so long. */
const heartbeatSeconds = 10;
/** Longer than the longest turn: a full worker holds the job of its last turn until one ends. */
const expireInSeconds = 2 * 3_600;

/** The queue of first turns, and of later ones when the sandbox can only be reached from one machine. */
function queueName(hostId: string | null): string {
  return hostId === null ? anyHost : `${anyHost}.${hostId}`;
}

function openBoss(options: ConstructorOptions, onError: (error: unknown) => void): PgBoss {
  const boss = new PgBoss({ schedule: false, persistWarnings: false, ...options });
  boss.on("error", onError);
  return boss;
}

/** A queue that must be closed. */
export interface OpenTurnQueue extends TurnQueue, AsyncDisposable {}

/**
 * The queue's sending end.
 *
 * @param onError Told about errors in the background.
 */
export async function createTurnQueue(store: Store, onError: (error: unknown) => void): Promise<OpenTurnQueue> {
  const boss = openBoss(
    {
      // Not the store's connections: it looks queues up while a caller's transaction holds one of those, and many callers
      // could hold them all.
      ...connectionConfig(store.connectionString),
      max: 1,
      application_name: "aod jobs",
      supervise: false,
      registerInstance: false,
    },
    onError,
  );
  await boss.start();
  await makeQueue(boss, null);
  return {
    async enqueue(transaction: Db, { sessionId, turn }) {
      const hostId = turn > 1 ? await inheritHost(transaction, sessionId, turn) : null;
      await boss.send(queueName(hostId), { sessionId, turn }, { db: fromDrizzle(transaction, sql) });
    },
    async liveHosts() {
      const instances = await boss.getInstances();
      return new Set(instances.flatMap(({ live, name }) => (live && name !== null ? [name] : [])));
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

/** Binds a later turn to the machine that has the sandbox. */
async function inheritHost(db: Db, sessionId: string, turn: number): Promise<string | null> {
  const { rows } = await db.execute<{ host_id: string | null }>(sql`
    update turns set host_id = before.host_id
    from turns before
    where turns.session_id = ${sessionId} and turns.turn = ${turn}
      and before.session_id = turns.session_id and before.turn = turns.turn - 1
    returning turns.host_id`);
  return rows[0]?.host_id ?? null;
}

async function makeQueue(boss: PgBoss, hostId: string | null): Promise<void> {
  await boss.createQueue(queueName(hostId), {
    notify: true,
    heartbeatSeconds,
    expireInSeconds,
    // A repeated job does no harm, a lost one would leave its turn pending for ever.
    retryLimit: 1_000,
    retryDelay: 1,
    deleteAfterSeconds: 3_600,
  });
}

export interface TurnConsumer extends AsyncDisposable {
  /** Takes no more jobs. */
  stop(): Promise<void>;
}

export interface TurnConsumerOptions {
  readonly connectionString: string;
  readonly hostId: string;
  /** Claims and starts the turn; resolves when this process can take another one. */
  readonly onJob: (job: TurnJob) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Takes jobs for any machine and for this one, each at once as it comes. */
export async function consumeTurns(options: TurnConsumerOptions): Promise<TurnConsumer> {
  const { connectionString, hostId, onJob, onError } = options;
  const boss = openBoss(
    {
      ...connectionConfig(connectionString),
      max: 3,
      application_name: "aod queue",
      useListenNotify: true,
      instanceName: hostId,
      superviseIntervalSeconds: 1,
      monitorIntervalSeconds: 1,
    },
    onError,
  );
  await boss.start();
  for (const host of [null, hostId]) await consumeQueue(boss, host, onJob);
  return {
    stop: async () => {
      for (const host of [null, hostId]) await boss.offWork(queueName(host), { wait: false });
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

async function consumeQueue(
  boss: PgBoss,
  hostId: string | null,
  onJob: (job: TurnJob) => Promise<void>,
): Promise<void> {
  await makeQueue(boss, hostId);
  // Retries send no notification, so the poll is what finds the job of a dead worker.
  const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 };
  const worker = await boss.work<TurnJob>(queueName(hostId), polling, async (jobs) => {
    for (const { data } of jobs) await onJob(data);
    // Look again at once: one notification may have stood for several jobs.
    boss.notifyWorker(worker);
  });
}
