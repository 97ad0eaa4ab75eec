// A disk that fills up during live turns: nothing is lost, nobody is told nonsense, and everything goes on by itself.
// [L1] [L2] [L4] [T1]
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { notRunBanner } from "@aod/testing/not-run";
import { canMount, fullDisk, mountSmallDisk } from "@aod/testing/small-disk";
import { Client, type SessionEvent } from "@aod/sdk";
import pg from "pg";
import { expect, test } from "vitest";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

/** A new cluster takes about 60, and so does PostgreSQL where it is copied beside its data. */
const diskMegabytes = 200;
const lines = 400;

/** Says when it is there, waits for `go`, then writes more than a full disk holds, and ends. */
function script(go: string): string {
  return `echo started >> starts; echo ready
while [ ! -e ${go} ]; do sleep 0.05; done
for i in $(seq ${String(lines)}); do printf 'line-%s %01000d\\n' $i 0; done
echo "err é😀" >&2; echo end; cat starts`;
}

const expectedOutput =
  ["ready", ...Array.from({ length: lines }, (_, index) => `line-${String(index + 1)} ${"0".repeat(1000)}`)].join(
    "\n",
  ) + "\nend\nstarted\n";

test("a machine where nothing can be mounted is announced, not passed over", () => {
  expect(notRunBanner([fullDisk])).toContain("NOT RUN: what a server does on a full disk");
});

if (canMount()) {
  test("goes on after a full disk, which broke the database too, and loses and repeats nothing", async () => {
    using disk = mountSmallDisk(diskMegabytes)!;
    await using server = await startServerProcess({ env: { AOD_DATA_DIR: join(disk.folder, "data") } });
    const client = new Client({ baseUrl: server.url, token: server.token });
    const agent = await client.agents.create({ name: "full", runtime: "command", model: "command" });
    const go = join(server.folder, "go");
    const ids = await Promise.all(
      [1, 2].map(
        async () => (await client.sessions.create({ agentId: agent.id, prompt: script(go), timeout: 600 })).id,
      ),
    );
    const followed = ids.map((id) => follow(client, id));
    await Promise.all(followed.map(({ ready }) => ready));

    disk.fill();
    // The database still lives, but takes nothing big. What the turns write would end it soon.
    const refused = await refusedWrite(server);
    expect(refused).toEqual([503, { detail: "No space left on the server's disk. Free some, then try again." }]);

    writeFileSync(go, "");
    await exhaustLog(join(disk.folder, "data"));
    await expect.poll(() => server.output()).toContain("went away; starting it again");
    const [status, answer] = await write(server);
    expect([status, Object.keys(answer as object)]).toEqual([503, ["detail"]]);
    expect(JSON.stringify(answer)).not.toContain(disk.folder);

    disk.free();
    for (const { id, events } of followed) expectWhole(await events, id);
    await expect.poll(async () => (await write(server))[0]).toBe(201);
    for (const { id, events } of followed) await expectReplay(server, id, await events);
  });

  test("keeps running when its log is on the full disk", async () => {
    using disk = mountSmallDisk(1)!;
    const log = join(disk.folder, "log");
    closeSync(openSync(log, "a"));
    const program = ["sh", "-c", 'exec "$0" "$@" 2>>"$LOG"', process.execPath, ...serverProgram()] as const;
    await using server = await startServerProcess({ program, driver: null, env: { LOG: log, AOD_LOG_LEVEL: "debug" } });
    disk.fill();
    for (let round = 0; round < 100; round += 1) expect((await fetch(`${server.url}/health`)).status).toBe(200);
    disk.free();
    const said = async () => {
      await fetch(`${server.url}/health`);
      return readFileSync(log, "utf8");
    };
    await expect.poll(said).toMatch(/"dropped":\d+,"msg":"lines of this log could not be written"/);
  });
}

function serverProgram(): string[] {
  return ["--conditions=@aod/source", join(import.meta.dirname, "../../apps/server/src/bin.ts")];
}

interface Followed {
  readonly id: string;
  readonly ready: Promise<unknown>;
  readonly events: Promise<SessionEvent[]>;
}

function follow(client: Client, id: string): Followed {
  const ready = Promise.withResolvers<undefined>();
  const collect = async (): Promise<SessionEvent[]> => {
    const stream = client.sessions.stream(id, { maxRetries: 1_000 });
    const events: SessionEvent[] = [];
    for await (const event of stream) {
      events.push(event);
      if (event.type === "output" && event.data.includes("ready")) ready.resolve(undefined);
    }
    expect(stream.verified, id).toBe(true);
    return events;
  };
  return { id, ready: ready.promise, events: collect() };
}

/** More than one page of text that does not compress. */
async function write(server: ServerProcess): Promise<[number, unknown]> {
  const system = Array.from({ length: 400 }, () => crypto.randomUUID()).join("");
  const answer = await fetch(`${server.url}/agents`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ name: "big", runtime: "command", model: "command", system }),
  });
  return [answer.status, await answer.json()];
}

/** Tables have a little room of their own at first. */
async function refusedWrite(server: ServerProcess): Promise<[number, unknown]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await write(server);
    if (answer[0] !== 201) return answer;
  }
  throw new Error("200 big writes found room on a full disk");
}

/** Writes to the database's log until it needs a new file, and finds no room for one: PostgreSQL panics, if it has not yet. */
async function exhaustLog(dataDir: string): Promise<void> {
  const client = new pg.Client({ host: socketFolder(dataDir), user: "postgres", database: "postgres" });
  client.on("error", () => undefined);
  const fill = async (): Promise<void> => {
    await client.connect();
    for (let megabytes = 0; megabytes < 256; megabytes += 1) {
      await client.query("select pg_logical_emit_message(true, 'fill', repeat('x', 1000000))");
    }
  };
  await expect(fill()).rejects.toThrow();
  await client.end().catch(() => undefined);
}

/** It is elsewhere where the path of the data directory is too long for a socket. */
function socketFolder(dataDir: string): string {
  const record = join(dataDir, "socket-directory");
  return existsSync(record) ? readFileSync(record, "utf8") : join(dataDir, "socket");
}

function expectWhole(events: readonly SessionEvent[], id: string): void {
  const ids = events.flatMap((event) => (event.type !== "turn_start" && "id" in event ? [event.id] : []));
  expect(ids, id).toEqual(ids.map((_, index) => index + 1));
  const text = (name: string): string =>
    events.map((event) => (event.type === "output" && event.stream === name ? event.data : "")).join("");
  expect(text("stdout"), id).toBe(expectedOutput);
  expect(text("stderr"), id).toBe("err é😀\n");
  expect(events.at(-1), id).toMatchObject({ type: "exit", code: 0 });
}

/** The digest that was streamed is that of what is stored, computed without our code. */
async function expectReplay(server: ServerProcess, id: string, events: readonly SessionEvent[]): Promise<void> {
  const headers = { authorization: `Bearer ${server.token}` };
  const stored = (await (await fetch(`${server.url}/sessions/${id}/stream`, { headers })).text()).split("\n");
  const logged = stored.flatMap((line, index) => (stored[index - 1]?.startsWith("id: ") ? [line.slice(6)] : []));
  logged.pop();
  const hash = createHash("sha256").update(logged.map((data) => `${data}\n`).join(""));
  expect(events.at(-1), id).toMatchObject({ digest: hash.digest("hex"), count: logged.length });
}
