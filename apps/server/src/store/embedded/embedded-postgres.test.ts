import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { createEventLog } from "../../events/postgres-event-log.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { EmbeddedPostgres, clusterDirectory } from "./embedded-postgres.ts";
import { identityOf } from "./identity.ts";
import { endLeftovers } from "./leftovers.ts";
import { findPrograms } from "./programs.ts";
import { socketDirectory } from "./socket-directory.ts";

async function temporaryDirectory(prefix = "aod-pg-"): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function open(dataDir: string, onChange?: (message: string) => void): Promise<Store> {
  const store = await openStore({ dataDir, onChange });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed one keeps its number until its new parent has asked after it, which some never do.
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Kills the postmaster, what it started and the shell that watches it: they are one process group. */
async function killTree(postmaster: number): Promise<void> {
  const parent = Number(/\) \S (\d+)/.exec(await readFile(`/proc/${postmaster}/stat`, "utf8"))?.[1]);
  process.kill(-parent, "SIGKILL");
}

test("makes a private cluster without TCP, lets others in this machine join, and starts again on the same data", async () => {
  const dataDir = await temporaryDirectory();
  const first = await openStore({ dataDir });
  expect(first.origin).toBe("embedded");
  expect((await stat(join(dataDir, "postgres"))).mode & 0o777).toBe(0o700);
  const sockets = await socketDirectory(await realpath(dataDir), identityOf());
  expect((await stat(sockets)).mode & 0o777).toBe(0o700);
  const { rows } = await first.pool.query(
    "select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync, (select datlocale from pg_database where datname = current_database()) as locale",
  );
  expect(rows).toEqual([{ tcp: "", fsync: "on", locale: "C.UTF-8" }]);

  const second = await openStore({ dataDir });
  expect(second.origin).toBe("running");
  await first.pool.query("insert into owners (id, name) values (gen_random_uuid(), 'ada')");
  expect((await second.pool.query("select name from owners")).rows).toEqual([{ name: "ada" }]);
  await second[Symbol.asyncDispose]();
  const pid = await postmasterPid(dataDir);
  await first[Symbol.asyncDispose]();
  expect(isAlive(pid)).toBe(false);

  const third = await open(dataDir);
  expect(third.origin).toBe("embedded");
  expect((await third.pool.query("select name from owners")).rows).toEqual([{ name: "ada" }]);
});

test("gives two processes that start at once one and the same database", async () => {
  const dataDir = await temporaryDirectory();
  const stores = await Promise.all([open(dataDir), open(dataDir)]);
  expect(stores.map(({ origin }) => origin).sort()).toEqual(["embedded", "running"]);
  expect((await readdir(dataDir)).filter((name) => name.includes(".new-"))).toEqual([]);
});

test("is reached through a short directory when the path is too long for a socket", async () => {
  const parent = await temporaryDirectory();
  const dataDir = join(parent, "d".repeat(100), "e".repeat(60));
  const first = await open(dataDir);
  const recorded = await readFile(join(dataDir, "socket-directory"), "utf8");
  onTestFinished(() => rm(recorded, { recursive: true, force: true }));
  expect(decodeURIComponent(first.connectionString)).toContain(`host=${recorded}`);
  expect((await stat(recorded)).mode & 0o777).toBe(0o700);
  expect((await open(dataDir)).origin).toBe("running");
});

test("is reached through a short directory also when that of temporary files is too long", async () => {
  const dataDir = join(await temporaryDirectory(), "t".repeat(100));
  await mkdir(dataDir);
  vi.stubEnv("TMPDIR", dataDir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const find = () => socketDirectory(dataDir, identityOf());
  const found = new Set(await Promise.all(Array.from({ length: 8 }, find)));
  onTestFinished(async () => {
    for (const sockets of found) await rm(sockets, { recursive: true, force: true });
  });
  expect([...found]).toEqual([expect.stringMatching(/^\/tmp\/aod-\w{6}$/)]);
  expect(found).toContain(await find());
  expect(await readdir(dataDir)).toEqual(["socket-directory"]);
});

test("is started again by whoever still needs it, and the store goes on", async () => {
  const dataDir = await temporaryDirectory();
  const told: string[] = [];
  const timesBack = () => told.filter((message) => message.includes("is back")).length;
  const owner = await openStore({ dataDir });
  const joined = await open(dataDir, (message) => told.push(message));
  // The one that runs it closes: the other takes over. It may answer before it is said to be back.
  await owner[Symbol.asyncDispose]();
  await expect.poll(timesBack).toBe(1);
  await expect.poll(() => answers(joined)).toBe(true);
  // It crashes.
  await killTree(await postmasterPid(dataDir));
  await expect.poll(timesBack).toBe(2);
  await expect.poll(() => answers(joined)).toBe(true);
});

function answers(store: Store): Promise<boolean> {
  return store.pool.query("select 1").then(
    () => true,
    () => false,
  );
}

test("is started again from here when one of its processes crashes", async () => {
  const dataDir = await temporaryDirectory();
  const told: string[] = [];
  const store = await open(dataDir, (message) => told.push(message));
  const postmaster = await postmasterPid(dataDir);
  const { rows } = await store.pool.query<{ pid: number }>("select pg_backend_pid() as pid");
  for (const { pid } of rows) process.kill(pid, "SIGKILL");
  await expect.poll(() => told.filter((message) => message.includes("is back")).length).toBe(1);
  expect(await postmasterPid(dataDir)).not.toBe(postmaster);
  await expect.poll(() => answers(store)).toBe(true);
});

test("starts again although a child of the killed one hangs, and ends that child", async () => {
  const dataDir = await temporaryDirectory();
  const told: string[] = [];
  const store = await open(dataDir, (message) => told.push(message));
  const postmaster = await postmasterPid(dataDir);
  let launcher = 0;
  // It starts after the first connections are taken.
  const findLauncher = async () => {
    const { rows } = await store.pool.query<{ pid: number }>(
      "select pid from pg_stat_activity where backend_type = 'autovacuum launcher'",
    );
    return (launcher = rows[0]?.pid ?? 0);
  };
  await expect.poll(findLauncher).toBeGreaterThan(0);
  process.kill(launcher, "SIGSTOP");
  await killTree(postmaster);
  // Not its answers: those of the killed one may still come for a moment, and so may the ends of its connections.
  await expect.poll(() => told.filter((message) => message.includes("is back")).length).toBe(1);
  await expect.poll(() => answers(store)).toBe(true);
  await expect.poll(() => isAlive(launcher)).toBe(false);
});

test("never ends, as left over, what another process has started meanwhile", async () => {
  const dataDir = await temporaryDirectory();
  const store = await open(dataDir);
  const client = await store.pool.connect();
  endLeftovers(clusterDirectory(await realpath(dataDir)));
  await client.query("select");
  client.release();
});

test("ends with its parent, and keeps every acknowledged event through kill -9 of everything [L2]", async () => {
  const dataDir = await temporaryDirectory();
  const written = new Map<string, number>();
  for (const kill of ["parent", "tree", "tree", "parent"] as const) {
    const child = spawn(
      process.execPath,
      [
        "--conditions=@aod/source",
        fileURLToPath(new URL("../../../test/support/open-and-write.ts", import.meta.url)),
        dataDir,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let session = "";
    let acknowledged = 0;
    const enough = Promise.withResolvers<undefined>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("session ")) session = line.slice(8);
      else acknowledged = Number(line);
      if (acknowledged > 100 + written.size * 37) enough.resolve(undefined);
    });
    await enough.promise;
    const pid = await postmasterPid(dataDir);
    if (kill === "tree") await killTree(pid);
    child.kill("SIGKILL");
    await once(child, "close");
    written.set(session, acknowledged);
    await expect.poll(() => isAlive(pid)).toBe(false);
  }
  const store = await open(dataDir);
  const log = createEventLog(store, {
    watch: () => () => undefined,
    publish: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  for (const [sessionId, acknowledged] of written) {
    const events = await log.read({ sessionId, after: 0, limit: 1_000_000 });
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const { rows } = await store.pool.query("select last_seq::int, event_count::int from sessions where id = $1", [
      sessionId,
    ]);
    expect(rows).toEqual([{ last_seq: events.length, event_count: events.length }]);
  }
});

test("removes what a first start left that was killed, and never what another process still makes", async () => {
  const dataDir = await temporaryDirectory();
  const dead = spawn("true");
  await once(dead, "close");
  for (const pid of [dead.pid, process.ppid]) {
    await mkdir(join(dataDir, `postgres.new-${pid ?? 0}-x`));
    await writeFile(join(dataDir, `postgres.new-${pid ?? 0}-x`, "half"), "");
  }
  await open(dataDir);
  expect((await readdir(dataDir)).filter((name) => name.includes(".new-"))).toEqual([`postgres.new-${process.ppid}-x`]);
});

interface PrepareOptions {
  /** What a script does before it goes on as PostgreSQL. `GO` is a file that the test makes. */
  readonly before?: string;
  readonly onChange?: (message: string) => void;
}

/** An embedded database that is only started by the test. */
async function prepareServer({ before, onChange }: PrepareOptions) {
  const made = await temporaryDirectory();
  await (await openStore({ dataDir: made }))[Symbol.asyncDispose]();
  const dataDir = await realpath(made);
  const identity = identityOf();
  const programs = await findPrograms(dataDir, identity);
  if (programs === null) throw new Error("no PostgreSQL");
  const sockets = await socketDirectory(dataDir, identity);
  const go = join(sockets, "go");
  const script = join(dataDir, "postgres-script");
  const variables = `GO='${go}' POSTGRES='${programs.postgres}'`;
  await writeFile(script, `#!/bin/sh\n${variables}\n${before ?? ""}\nexec "$POSTGRES" "$@"\n`);
  // Whatever the umask: another user runs it.
  await chmod(script, 0o755);
  const directory = clusterDirectory(dataDir);
  const server = new EmbeddedPostgres({
    directory,
    socketDirectory: sockets,
    programs: before === undefined ? programs : { ...programs, postgres: script },
    identity,
    onChange,
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, go, directory, socket: join(sockets, ".s.PGSQL.5432") };
}

const recovering = "LOG:  database system was not properly shut down; automatic recovery in progress";
const untilGo = `echo "${recovering}" >&2; while ! [ -e "$GO" ]; do sleep 0.05; done`;

test("waits as long as PostgreSQL repeats its log after a crash", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const says = Promise.withResolvers<string>();
  const { server, go } = await prepareServer({ before: untilGo, onChange: says.resolve });
  const started = server.start();
  expect(await says.promise).toMatch(/was not stopped properly and repeats its log/);
  vi.advanceTimersByTime(3_600_000);
  await writeFile(go, "");
  await started;
  expect(server.joined).toBe(false);
});

test("waits for one that another process starts, however long it says that it is not ready", async () => {
  const says = Promise.withResolvers<string>();
  const { server, socket } = await prepareServer({ onChange: says.resolve });
  const fields = "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
  const refusal = Buffer.concat([Buffer.from("E"), Buffer.alloc(4), Buffer.from(fields)]);
  refusal.writeInt32BE(refusal.length - 1, 1);
  const starting = createServer((client) => {
    client.on("error", () => undefined);
    client.once("data", () => client.end(refusal));
  }).listen(socket);
  await once(starting, "listening");
  const started = server.start();
  expect(await says.promise).toMatch(/is not ready yet/);
  starting.close();
  await started;
});

test("starts although another process has made the lock file and not yet written into it", async () => {
  // PostgreSQL's own words about the empty file, then what the other one does: here it ends.
  const before = `lock="$2/postmaster.pid"; if [ -e "$lock" ]; then "$POSTGRES" "$@"; rm "$lock"; exit 1; fi`;
  const { server, directory } = await prepareServer({ before });
  const lock = join(directory, "postmaster.pid");
  const { uid, gid } = await stat(directory);
  await writeFile(lock, "");
  await chown(lock, uid, gid);
  await server.start();
  expect((await stat(lock)).size).toBeGreaterThan(0);
});
