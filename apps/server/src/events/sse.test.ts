import type { SessionStatus } from "@aod/core";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash, randomUUID } from "node:crypto";
import { PassThrough, Writable } from "node:stream";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createTestClock } from "../../test/support/clock.ts";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { openRawStream } from "../../test/support/raw-stream.ts";
import type { RawStream } from "../../test/support/raw-stream.ts";
import { createRunningSession } from "../../test/support/sessions.ts";
import { createApiKey } from "../auth/api-keys.ts";
import { linkOwner, unlinkOwner } from "../auth/identities.ts";
import { apiKeys, sessions } from "../store/schema.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import type { EventEntry, EventLog } from "./event-log.ts";
import type { EventTail, SessionChange } from "./event-tail.ts";
import { createEventLog } from "./postgres-event-log.ts";
import { openEventTail } from "./postgres-event-tail.ts";
import { SessionFeeds } from "./session-feeds.ts";
import { serveEventStream } from "./sse.ts";

const fence = { turn: 1, attempt: 1 };
const output = (data: string, turn = 1): EventEntry => ({
  type: "output",
  turn,
  fields: { stream: "stdout", data, turn },
});
const stage = (state: string): EventEntry => ({ type: "stage", turn: null, fields: { stage: "packages", state } });

let store: Store;
let tail: EventTail;
let log: EventLog;
/** The key that streams are opened with. */
let keyId = "";
beforeAll(async () => {
  store = await createTestStore();
  tail = await openEventTail(store);
  log = createEventLog(store, tail);
  const ownerId = await createTestOwner(store);
  keyId = (await createApiKey(store.db, { ownerId, name: "reader" })).id;
});
afterAll(async () => {
  await tail[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** The store as another process has it. */
async function openSameStore() {
  const same = await openStore({ databaseUrl: store.connectionString, dataDir: "/nonexistent" });
  onTestFinished(() => same[Symbol.asyncDispose]());
  return same;
}

/** A server whose paths are `/<session id>?<after>`, with a `-` behind it not to follow. */
async function startStreams(through: EventTail = tail, key = () => keyId, endsInMs = Infinity) {
  const clock = createTestClock();
  const feeds = new SessionFeeds({ store, tail: through, clock });
  const server = createServer((request, response) => {
    const [id = "", after = "0"] = (request.url ?? "").slice(1).split("?");
    void serveEventStream({
      session: { id, runtime: "command", provider: "command" },
      options: { after: Number.parseInt(after), follows: !after.endsWith("-"), keyId: key(), endsInMs },
      services: { feeds },
      response,
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    feeds[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = (sessionId: string, after = 0) => openRawStream(`http://127.0.0.1:${port}/${sessionId}?${after}`);
  const openStored = (sessionId: string, after = 0) => openRawStream(`http://127.0.0.1:${port}/${sessionId}?${after}-`);
  return { open, openStored, clock, feeds };
}

async function finish(
  sessionId: string,
  entry: EventEntry,
  status: SessionStatus = "completed",
  exitCode: number | null = 0,
) {
  await log.transact(sessionId, async ({ db, append }) => {
    await db.update(sessions).set({ status, exitCode }).where(eq(sessions.id, sessionId));
    await append([entry]);
  });
}
const exit = (code = 0): EventEntry => ({ type: "exit", turn: null, fields: { code } });

const startFrame = (id: string) =>
  `data: {"type":"start","runtime":"command","provider":"command","session_id":"${id}"}\n\n`;

/** The steps of a contract page, so that a live reader is at every one of them. */
async function runThreeTurns(sessionId: string, between: () => Promise<unknown>) {
  await log.append({ sessionId, fence, entries: [stage("started"), stage("done")] });
  await between();
  for (const turn of [1, 2, 3]) {
    await log.append({ sessionId, fence, entries: [output(`a${turn}`, turn)] });
    await between();
    await log.append({ sessionId, fence, entries: [output(`b${turn}`, turn), output(`c${turn}`, turn)] });
    await between();
  }
}

describe("frames", () => {
  test("are exactly those of the contract, with the headers of the contract", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [stage("started"), output("one\n"), output("two", 2)] });
    await finish(sessionId, exit(3), "failed", 3);
    const stream = await open(sessionId);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
    const stored = await log.read({ sessionId, after: 0, limit: 10 });
    expect(await stream.ended).toBe(
      startFrame(sessionId) +
        `id: 1\ndata: {"type":"stage","id":1,"stage":"packages","state":"started"}\n\n` +
        `data: {"type":"turn_start","id":2,"turn":1}\n\n` +
        `id: 2\ndata: {"type":"output","id":2,"stream":"stdout","data":"one\\n","turn":1}\n\n` +
        `data: {"type":"turn_start","id":3,"turn":2}\n\n` +
        `id: 3\ndata: {"type":"output","id":3,"stream":"stdout","data":"two","turn":2}\n\n` +
        `id: 4\ndata: ${stored.at(-1)?.data ?? ""}\n\n`,
    );
    expect(stored.at(-1)?.data).toMatch(/^\{"type":"exit","id":4,"code":3,"count":3,"digest":"[\da-f]{64}"\}$/);
  });

  test("replayed are those that were sent live, byte for byte, at every cursor", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const live = await open(sessionId);
    let expected = 0;
    await runThreeTurns(sessionId, async () => {
      const [last] = (await log.read({ sessionId, after: expected, limit: 100 })).slice(-1);
      expected = last?.seq ?? expected;
      await live.until(`id: ${expected}\n`);
    });
    await finish(sessionId, exit());
    const whole = await live.ended;
    const replay = await open(sessionId);
    expect(await replay.ended).toBe(whole);

    const firstEvent = whole.slice(startFrame(sessionId).length);
    for (let after = 1; after <= 12; after++) {
      const part = await (await open(sessionId, after)).ended;
      const at = firstEvent.indexOf(`id: ${Math.min(after + 1, 12)}\n`);
      const behind = firstEvent.slice(at);
      const turn = /"turn":(\d)\}/.exec(behind)?.[1];
      // A resume inside a turn says again which turn it is.
      const announcement = behind.startsWith(`id: ${after + 1}\ndata: {"type":"output"`)
        ? `data: {"type":"turn_start","id":${after + 1},"turn":${turn ?? ""}}\n\n`
        : "";
      expect(part).toBe(startFrame(sessionId) + announcement + behind);
    }
  });

  test("prove themselves: the digest is that of the data lines", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await runThreeTurns(sessionId, () => Promise.resolve());
    await finish(sessionId, exit());
    const lines = (await (await open(sessionId)).ended).split("\n\n");
    const data = lines.flatMap((frame) => /^id: \d+\ndata: (.*)$/.exec(frame)?.[1] ?? []);
    const last = JSON.parse(data.pop() ?? "") as { count: number; digest: string };
    expect(last.count).toBe(data.length);
    expect(last.digest).toBe(
      createHash("sha256")
        .update(data.map((line) => `${line}\n`).join(""))
        .digest("hex"),
    );
  });
});

describe("the end", () => {
  test.each([
    ["terminated", { type: "terminated", turn: null, fields: { message: "Session terminated" } }, null],
    ["failed", { type: "error", turn: null, fields: { message: "Session failed", reason: "x" } }, null],
  ] as const)("of a %s session is its stored event, again for cursors at and past it", async (status, entry, code) => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await finish(sessionId, entry, status, code);
    const [stored] = await log.read({ sessionId, after: 1, limit: 1 });
    const last = `id: 2\ndata: ${stored?.data ?? ""}\n\n`;
    for (const after of [1, 2, 3, 1_000_000]) {
      expect(await (await open(sessionId, after)).ended).toBe(startFrame(sessionId) + last);
    }
  });

  test("comes once a connection, however many turns there were", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("one")] });
    await finish(sessionId, exit());
    await log.transact(sessionId, async ({ db, append }) => {
      await db.update(sessions).set({ status: "running", exitCode: null }).where(eq(sessions.id, sessionId));
      await append([output("two", 2)]);
    });
    const stream = await open(sessionId);
    await stream.until(`"two"`);
    expect(stream.text()).not.toContain("exit");
    await finish(
      sessionId,
      { type: "terminated", turn: null, fields: { message: "Session terminated" } },
      "terminated",
    );
    const text = await stream.ended;
    expect(text.match(/^id: \d+$/gm)).toEqual(["id: 1", "id: 3", "id: 4"]);
    expect(text).toMatch(/"type":"terminated","id":4,.*\n\n$/);
  });

  test("waits while a prompt has revived the session", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("one")] });
    await finish(sessionId, exit());
    await store.db.update(sessions).set({ status: "pending", exitCode: null }).where(eq(sessions.id, sessionId));
    const stream = await open(sessionId);
    await stream.until(`"one"`);
    await log.append({ sessionId, fence, entries: [output("two")] });
    await stream.until(`"two"`);
    expect(stream.text()).not.toContain("exit");
    await finish(sessionId, exit());
    expect((await stream.ended).match(/"exit"/g)).toHaveLength(1);
  });

  test("of a purged session says how it ended, from where the log had come", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await store.db
      .update(sessions)
      .set({ status: "completed", exitCode: 0, lastSeq: 7 })
      .where(eq(sessions.id, sessionId));
    expect(await (await open(sessionId, 3)).ended).toBe(
      `${startFrame(sessionId)}id: 7\ndata: {"type":"exit","id":7,"code":0}\n\n`,
    );
    await store.db
      .update(sessions)
      .set({ lastSeq: 0, status: "failed", exitCode: null })
      .where(eq(sessions.id, sessionId));
    expect(await (await open(sessionId)).ended).toBe(
      `${startFrame(sessionId)}data: {"type":"error","message":"Session failed"}\n\n`,
    );
  });

  test("comes without a terminal event when the session is removed", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await stream.until(`"a"`);
    await store.db.delete(sessions).where(eq(sessions.id, sessionId));
    tail.publish(sessionId);
    expect(await stream.ended).not.toMatch(/exit|error|terminated|stale/);
  });

  test("leaves nothing behind", async () => {
    const { open, feeds } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const streams = await Promise.all([open(sessionId), open(sessionId)]);
    expect(feeds.size).toBe(2);
    streams[0].close();
    await finish(sessionId, exit());
    await streams[1].ended;
    await expect.poll(() => feeds.size).toBe(0);
  });
});

describe("a reader that does not follow", () => {
  const endOfStored = ": end of what is stored\n\n";

  test("gets what is stored of a running session and a comment at the end, at every cursor", async () => {
    const { open, openStored } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    expect(await (await openStored(sessionId)).ended).toBe(startFrame(sessionId) + endOfStored);
    await runThreeTurns(sessionId, () => Promise.resolve());
    const live = await open(sessionId);
    await live.until(/"c3".*\n\n/);
    expect(await (await openStored(sessionId)).ended).toBe(live.text() + endOfStored);
    expect((await (await openStored(sessionId, 9)).ended).match(/^id: \d+$/gm)).toEqual(["id: 10", "id: 11"]);
    expect(await (await openStored(sessionId, 11)).ended).toBe(startFrame(sessionId) + endOfStored);
    live.close();
  });

  test("gets the terminal event of a finished session", async () => {
    const { open, openStored } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await runThreeTurns(sessionId, () => Promise.resolve());
    await finish(sessionId, exit());
    for (const after of [0, 11, 12, 1_000]) {
      expect(await (await openStored(sessionId, after)).ended).toBe(await (await open(sessionId, after)).ended);
    }
  });

  test("ends although the session never stops writing", async () => {
    const { openStored } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: Array.from({ length: 2_000 }, () => output("x".repeat(500))) });
    const text = openStored(sessionId).then(({ ended }) => ended);
    const over = text.then(() => true);
    const more = () => log.append({ sessionId, fence, entries: [output("more")] }).then(() => false);
    while (!(await Promise.race([over, more()])));
    const ids = ((await text).match(/^id: \d+$/gm) ?? []).map((line) => Number(line.slice(4)));
    expect(ids.length).toBeGreaterThanOrEqual(2_000);
    expect(ids).toEqual(ids.map((_, i) => i + 1));
    expect(await text).toMatch(/: end of what is stored\n\n$/);
  });
});

describe("a cursor past the end of a running session", () => {
  test("is answered with a comment, once, and only higher events are sent", async () => {
    const { open, openStored } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await log.append({ sessionId, fence, entries: [output("a"), output("b")] });
    const comment = ": cursor 4 is past the last event 2\n\n";
    const stream = await open(sessionId, 4);
    await stream.until(comment);
    const atTheEnd = await open(sessionId, 2);
    await log.append({ sessionId, fence, entries: [output("c"), output("d"), output("e")] });
    await log.append({ sessionId, fence, entries: [output("f")] });
    await finish(sessionId, exit());
    const text = await stream.ended;
    expect(text.match(/^(id|:).*$/gm)).toEqual([comment.trimEnd(), "id: 5", "id: 6", "id: 7"]);
    expect(await atTheEnd.ended).not.toMatch(/^:/m);

    const { sessionId: other } = await createRunningSession(store);
    expect(await (await openStored(other, 7)).ended).toBe(
      `${startFrame(other)}: cursor 7 is past the last event 0\n\n: end of what is stored\n\n`,
    );
  });
});

describe("a key", () => {
  test.each([
    ["revoked", { isActive: false }],
    ["expired", { expiresAt: new Date(0) }],
    ["removed", null],
  ])("that was %s ends the streams that were opened with it", async (_, change) => {
    const ownerId = await createTestOwner(store);
    const { id } = await createApiKey(store.db, { ownerId, name: "lost" });
    let opensWith = id;
    const { open, clock } = await startStreams(tail, () => opensWith);
    const { sessionId } = await createRunningSession(store);
    const [lost, also] = [await open(sessionId), await open(sessionId)];
    opensWith = keyId;
    const kept = await open(sessionId);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await Promise.all([lost, also, kept].map((stream) => stream.until(`"a"`)));
    const own = eq(apiKeys.id, id);
    if (change === null) await store.db.delete(apiKeys).where(own);
    else await store.db.update(apiKeys).set(change).where(own);
    clock.advance(15_000);
    for (const stream of [lost, also]) expect(await stream.ended).not.toContain("exit");
    await finish(sessionId, exit());
    expect(await kept.ended).toContain("exit");
  });
});

test("an identity that was unlinked, or opens another account, ends the streams that were opened with it", async () => {
  const ada = { issuer: "https://id.example", subject: "ada" };
  const bob = { issuer: "https://id.example", subject: "bob" };
  const eve = { issuer: "https://other.example", subject: "bob" };
  const [name, other] = [randomUUID(), randomUUID()];
  const ownerId = await createTestOwner(store, name);
  await createTestOwner(store, other);
  for (const identity of [ada, bob, eve]) await linkOwner(store.db, name, identity);
  const clock = createTestClock();
  using feeds = new SessionFeeds({ store, tail, clock });
  const { sessionId } = await createRunningSession(store);
  const outputs = [ada, bob, eve].map((identity) => {
    const output = new PassThrough().resume();
    const options = { after: 0, follows: true, keyId: null, identity: { ...identity, ownerId } };
    return { output, served: feeds.serve(sessionId, options, output) };
  });
  await unlinkOwner(store.db, ada);
  await unlinkOwner(store.db, bob);
  await linkOwner(store.db, other, bob);
  clock.advance(15_000);
  await Promise.all(outputs.slice(0, 2).map(({ served }) => served));
  expect(outputs.map(({ output }) => output.writableEnded)).toEqual([true, true, false]);
});

test("a stream ends when what it was opened with does, and not before", async () => {
  const { open, clock } = await startStreams(tail, undefined, 20_000);
  const { sessionId } = await createRunningSession(store);
  const stream = await open(sessionId);
  await log.append({ sessionId, fence, entries: [output("a")] });
  await stream.until(`"a"`);
  clock.advance(19_000);
  await log.append({ sessionId, fence, entries: [output("b")] });
  await stream.until(`"b"`);
  clock.advance(1_000);
  expect(await stream.ended).not.toContain("exit");
});

describe("time", () => {
  test("passes with a heartbeat every 15 s, and a quiet stream ends stale after 600 s", async () => {
    const { open, clock } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await stream.until(`"a"`);
    clock.advance(14_000);
    expect(stream.text()).not.toContain("heartbeat");
    clock.advance(586_000);
    clock.advance(1_000);
    const text = await stream.ended;
    expect(text.match(/^: heartbeat\n$/gm)).toHaveLength(40);
    expect(text.endsWith(`id: 1\ndata: {"type":"stale","id":1,"message":"No output for 600s"}\n\n`)).toBe(true);
    expect(await log.read({ sessionId, after: 1, limit: 10 })).toEqual([]);
  });

  test("runs from the last event: output keeps a stream from going stale", async () => {
    const { open, clock } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    await log.append({ sessionId, fence, entries: [output("a")] });
    await stream.until(`"a"`);
    clock.advance(599_000);
    await log.append({ sessionId, fence, entries: [output("b")] });
    await stream.until(`"b"`);
    clock.advance(599_000);
    await finish(sessionId, exit());
    expect(await stream.ended).not.toContain("stale");
  });
});

describe("readers", () => {
  test("of another process get every event through the database", async () => {
    const elsewhere = await openEventTail(await openSameStore());
    onTestFinished(() => elsewhere[Symbol.asyncDispose]());
    const { open } = await startStreams(elsewhere);
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    await stream.until("start");
    for (let i = 1; i <= 50; i++) await log.append({ sessionId, fence, entries: [output(`${i}`)] });
    await finish(sessionId, exit());
    expect((await stream.ended).match(/^id: \d+$/gm)).toEqual(Array.from({ length: 51 }, (_, i) => `id: ${i + 1}`));
  });

  test("get every event without any notification, by the poll", async () => {
    const elsewhere = await openEventTail(store, { pollMs: 20 });
    onTestFinished(() => elsewhere[Symbol.asyncDispose]());
    const { open } = await startStreams(elsewhere);
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    const silent = createEventLog(store, { ...tail, watch: () => () => undefined, publish: () => undefined });
    await stream.until("start");
    await silent.append({ sessionId, fence, entries: [output("quiet")] });
    await stream.until(`"quiet"`);
  });

  test("that joined at any time have all seen the same bytes", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const streams: RawStream[] = [];
    await runThreeTurns(sessionId, async () => streams.push(await open(sessionId)));
    await finish(sessionId, exit());
    const texts = await Promise.all(streams.map(({ ended }) => ended));
    expect(new Set([...texts, await (await open(sessionId)).ended]).size).toBe(1);
  });

  test("who are many all get what is appended while others are served [L3]", async () => {
    const told: SessionChange[] = [];
    const quiet = createEventLog(store, { ...tail, publish: (_, events = null) => void told.push(events) });
    let tell: (change: SessionChange) => void = () => undefined;
    const { feeds } = await startStreams({
      ...tail,
      watch: (_, onChange) => {
        tell = onChange;
        return () => undefined;
      },
    });
    const { sessionId } = await createRunningSession(store);
    const append = (data: string) => quiet.append({ sessionId, fence, entries: [output(data)] });
    await append("a");
    const texts = Array.from({ length: 450 }, () => "");
    const haveAll = (data: string) => expect.poll(() => texts.every((text) => text.includes(`"${data}"`))).toBe(true);
    texts.forEach((_, i) => {
      const reader = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          texts[i] = `${texts[i]}${chunk.toString()}`;
          // The first of all is served: the rest comes while the others are waiting.
          if (i === 0 && texts[i].endsWith(`"b","turn":1}\n\n`)) tell(told[2] ?? null);
          done();
        },
      });
      void feeds.serve(sessionId, { after: 0, follows: true, keyId: null }, reader);
    });
    await haveAll("a");
    await append("b");
    await append("c");
    tell(told[1] ?? null);
    await haveAll("c");
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]?.match(/^id: \d+$/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
  });

  test("that do not read are paused, then read the rest from the log, and are dropped after a minute", async () => {
    const { open, clock, feeds } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const big = "x".repeat(60_000);
    const slow = await open(sessionId);
    const stuck = await open(sessionId);
    slow.response.pause();
    stuck.response.pause();
    for (let i = 0; i < 10; i++) {
      await log.append({ sessionId, fence, entries: Array.from({ length: 20 }, () => output(big)) });
    }
    await finish(sessionId, exit());
    slow.response.resume();
    expect((await slow.ended).match(/^id: \d+$/gm)).toEqual(Array.from({ length: 201 }, (_, i) => `id: ${i + 1}`));
    await expect.poll(() => feeds.size).toBe(1);
    // Once more if the system has only just stopped taking what it does not read.
    const sizeLater = () => {
      clock.advance(62_000);
      return feeds.size;
    };
    await expect.poll(sizeLater).toBe(0);
    stuck.close();
  });

  test("that do not take the end are dropped after a minute", async () => {
    const { feeds, clock } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    await finish(sessionId, exit());
    const written: string[] = [];
    const deaf = new Writable({
      highWaterMark: 1_000_000,
      decodeStrings: false,
      write: (chunk: string) => void written.push(chunk),
    });
    const served = feeds.serve(sessionId, { after: 0, follows: true, keyId: null }, deaf);
    await expect.poll(() => written.join("")).toContain(`"exit"`);
    clock.advance(59_000);
    expect(deaf.destroyed).toBe(false);
    clock.advance(3_000);
    await served;
    expect([deaf.destroyed, feeds.size]).toEqual([true, 0]);
  });

  test("stay connected while the database is away", async () => {
    const { open } = await startStreams();
    const { sessionId } = await createRunningSession(store);
    const stream = await open(sessionId);
    await log.append({ sessionId, fence, entries: [output("before")] });
    await stream.until("before");
    store.pool.on("error", () => undefined);
    // Waits until they have ended: none is lost later on.
    await store.pool.query(
      "select pg_terminate_backend(pid, 20000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await expect
      .poll(() =>
        log.append({ sessionId, fence, entries: [output("after")] }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await stream.until("after");
    await finish(sessionId, exit());
    expect(await stream.ended).toContain("exit");
  });
});
