import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { terminalEventTypes } from "@aod/core";
import { AodError } from "@aod/core/errors";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { collect } from "../test/support/collect.ts";
import { EventServer } from "../test/support/event-server.ts";
import type { Connection } from "../test/support/event-server.ts";
import { ManualClock } from "../test/support/manual-clock.ts";
import { recordedEvents, recordedSession, terminalEvent } from "../test/support/recorded-session.ts";
import { StreamError, StreamIntegrityError } from "./errors.ts";
import { EventStream } from "./event-stream.ts";
import type { EventResponse, EventStreamOptions } from "./types.ts";

const encoder = new TextEncoder();
const start = `data: {"type":"start","session_id":"s"}\n\n`;
const exit = (id: number, extra: object = {}) =>
  `id: ${id}\ndata: ${JSON.stringify({ type: "exit", id, code: 0, ...extra })}\n\n`;
const output = (id: number, turn = 1) =>
  `id: ${id}\ndata: ${JSON.stringify({ type: "output", id, stream: "stdout", data: `${id}`, turn })}\n\n`;
const turnStart = (id: number, turn: number) => `data: {"type":"turn_start","id":${id},"turn":${turn}}\n\n`;

/** A response of these bytes, and then the end, silence, or an error. */
function answer(text: string, then: "end" | "silence" | Error = "end", init: ResponseInit = {}): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (then === "end") controller.close();
    },
    pull(controller) {
      if (then instanceof Error) controller.error(then);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" }, ...init });
}

/** A stream over given answers, one for each connection, that waits for nothing; the last answer is repeated. */
function streamOf(answers: (Response | Error | (() => Response))[], options: Partial<EventStreamOptions> = {}) {
  const cursors: (number | null)[] = [];
  const stream = new EventStream({
    open: (lastEventId) => {
      cursors.push(lastEventId);
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next instanceof Error) return Promise.reject(next);
      return Promise.resolve(typeof next === "function" ? next() : next!);
    },
    random: () => 0,
    ...options,
  });
  return { stream, cursors };
}

describe("EventStream over a real connection", () => {
  it("delivers each event once and proves it, with the connection cut at any byte", async () => {
    const whole = encoder.encode(recordedSession());
    let cutAt = 0;
    await using server = await EventServer.start(async (connection) => {
      if (connection.after === 0 && connection.number === 0) {
        await connection.send(whole.subarray(0, cutAt));
        if (cutAt % 2 === 0) connection.cut();
      } else {
        await connection.send(recordedSession(connection.after));
      }
      connection.response.end();
    });
    for (cutAt = 0; cutAt <= whole.length; cutAt++) {
      server.connections.length = 0;
      const stream = new EventStream({ open: server.open, random: () => 0 });
      expect((await collect(stream)).read, `cut at ${cutAt}`).toEqual(recordedEvents);
      expect(stream).toMatchObject({ verified: true, lastEventId: 10 });
    }
  }, 60_000);

  it("delivers each event once with every connection cut somewhere", async () => {
    let cuts: number[] = [];
    await using server = await EventServer.start(async (connection) => {
      const bytes = encoder.encode(recordedSession(connection.after));
      const cut = cuts[connection.number];
      await connection.send(cut === undefined ? bytes : bytes.subarray(0, cut));
      if (cut === undefined) connection.response.end();
      else connection.cut();
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 10 }), async (cutAfter) => {
        cuts = cutAfter;
        server.connections.length = 0;
        const stream = new EventStream({ open: server.open, random: () => 0 });
        expect((await collect(stream)).read).toEqual(recordedEvents);
        expect(stream.verified).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("goes on after a truncated gzip", async () => {
    await using server = await EventServer.start((connection) => {
      const bytes = gzipSync(recordedSession(connection.after));
      connection.response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
      connection.response.end(connection.number === 0 ? bytes.subarray(0, bytes.length - 40) : bytes);
    });
    const stream = new EventStream({ open: server.open, random: () => 0 });
    expect((await collect(stream)).read).toEqual(recordedEvents);
    expect(stream.verified).toBe(true);
    expect(server.connections).toHaveLength(2);
  });

  it.each([
    [
      "the loop is left",
      async (stream: EventStream) => {
        for await (const event of stream) if (event.type === "output") break;
      },
    ],
    [
      "it is closed while the loop waits",
      async (stream: EventStream) => {
        for await (const event of stream) if (event.type === "output") setImmediate(() => stream.close());
      },
    ],
    [
      "its scope ends",
      async (stream: EventStream) => {
        await using scoped = stream;
        await scoped[Symbol.asyncIterator]().next();
      },
    ],
  ])("ends the connection when %s", async (_when, use) => {
    let connected: ((connection: Connection) => void) | undefined;
    const connection = new Promise<Connection>((resolve) => (connected = resolve));
    await using server = await EventServer.start(async (opened) => {
      await opened.send(start + output(1));
      connected?.(opened);
    });
    const stream = new EventStream({ open: server.open });
    const closed = connection.then(({ response }) => once(response, "close"));
    await use(stream);
    await closed;
    expect(server.connections).toHaveLength(1);
  });

  it("throws the caller's reason when the signal aborts, as it is", async () => {
    await using server = await EventServer.start((connection) => connection.send(start + output(1)));
    const controller = new AbortController();
    const reason = new Error("enough");
    const stream = new EventStream({ open: server.open, signal: controller.signal });
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const next = events.next();
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});

describe("EventStream resuming", () => {
  it("goes on after the last id line, not after an id in the JSON", async () => {
    const { stream, cursors } = streamOf([
      answer(start + turnStart(1, 1) + output(1) + turnStart(7, 2)),
      answer(start + turnStart(7, 2) + output(7, 2) + exit(8)),
    ]);
    const { read } = await collect(stream);
    expect(cursors).toEqual([null, 1]);
    expect(read.map((event) => `${event.type} ${String(event["id"])}`)).toEqual([
      "start undefined",
      "turn_start 1",
      "output 1",
      "turn_start 7",
      "output 7",
      "exit 8",
    ]);
  });

  it("drops what a server sends again, also one that knows no cursor", async () => {
    const { stream } = streamOf([
      answer(start + turnStart(1, 1) + output(1) + output(2)),
      answer(start + turnStart(1, 1) + output(1) + output(2) + output(3) + exit(3)),
    ]);
    const { read } = await collect(stream);
    expect(read.map((event) => event.type)).toEqual(["start", "turn_start", "output", "output", "output", "exit"]);
  });

  it("begins after `since`, and then can't be verified", async () => {
    const { stream, cursors } = streamOf([() => answer(recordedSession(6))], { since: 6 });
    const { read } = await collect(stream);
    expect(cursors).toEqual([6]);
    expect(read.slice(1)).toEqual(recordedEvents.slice(-4).toSpliced(0, 0, { type: "turn_start", id: 7, turn: 2 }));
    expect(stream.verified).toBe(false);
  });

  it("takes the terminal event of a cursor at the end", async () => {
    const { stream } = streamOf([answer(start + exit(10))], { since: 10 });
    expect((await collect(stream)).read.map((event) => event.type)).toEqual(["start", "exit"]);
    expect(stream.lastEventId).toBe(10);
  });

  it("throws StreamIntegrityError when the stream ends before its cursor", async () => {
    const { stream, cursors } = streamOf([() => answer(`${start}: end of the log\n\n${exit(10)}`)], { since: 400 });
    const { read, error } = await collect(stream);
    expect(read).toHaveLength(1);
    expect(error).toMatchObject({
      name: "StreamIntegrityError",
      message: "The stream ended with the event 10: it has none after the event 400.",
    });
    expect(stream).toMatchObject({ verified: false, lastEventId: 400 });
    expect(cursors).toEqual([400]);
  });

  it("ends with what is stored when it does not follow, without a terminal event", async () => {
    const { stream, cursors } = streamOf([() => answer(start + output(1) + ": end of what is stored\n\n")], {
      follow: false,
    });
    expect(await collect(stream)).toMatchObject({ read: [{ type: "start" }, { type: "output" }] });
    expect(stream).toMatchObject({ verified: false, lastEventId: 1 });
    expect(cursors).toEqual([null]);
  });

  it("resumes a broken connection also when it does not follow", async () => {
    const { stream, cursors } = streamOf(
      [answer(start + output(1), new Error("socket hang up")), answer(start + output(2))],
      { follow: false },
    );
    expect((await collect(stream)).read.map((event) => event["id"])).toEqual([undefined, 1, 2]);
    expect(cursors).toEqual([null, 1]);
  });

  it("goes on after `stale` when it is told to, and proves the whole", async () => {
    const [before = "", after = ""] = recordedSession().split(/(?=id: 7\n)/);
    const stale = `id: 6\ndata: {"type":"stale","id":6,"message":"No output for 600s"}\n\n`;
    const { stream, cursors } = streamOf([answer(before + stale), answer(start + after)], { resumeStale: true });
    expect((await collect(stream)).read).toEqual(recordedEvents);
    expect(stream.verified).toBe(true);
    expect(cursors).toEqual([null, 6]);
  });

  it("keeps its place when a resumed connection dies at once", async () => {
    const broken = new Error("socket hang up");
    const { stream, cursors } = streamOf([
      answer(start + output(1), broken),
      answer("", broken),
      answer(start, broken),
      broken,
      answer(start + output(2) + exit(3)),
    ]);
    const { read } = await collect(stream);
    expect(cursors).toEqual([null, 1, 1, 1, 1]);
    expect(read.map((event) => event["id"])).toEqual([undefined, 1, 2, 3]);
  });

  it("knows the place of the event it has just delivered", async () => {
    const { stream } = streamOf([answer(start + output(4) + output(7) + exit(9))]);
    const places: (number | null)[] = [];
    for await (const _event of stream) places.push(stream.lastEventId);
    expect(places).toEqual([null, 4, 7, 9]);
  });

  it("waits with full jitter, twice as long each time, and starts over after progress", async () => {
    const clock = new ManualClock();
    const waits: number[] = [];
    const dead = () => answer(start);
    const { stream } = streamOf([dead, dead, dead, dead, answer(start + output(1)), answer(output(2) + exit(3))], {
      clock,
      random: () => 0.5,
      initialDelayMs: 1_000,
      maxDelayMs: 3_000,
      onRetry: ({ delayMs, attempt }) => {
        waits.push(delayMs * 100 + attempt);
        queueMicrotask(() => clock.advance(delayMs));
      },
    });
    expect((await collect(stream)).error).toBeUndefined();
    expect(waits).toEqual([500_01, 1_000_02, 1_500_03, 1_500_04, 500_01]);
  });

  it("gives up with the last error after maxRetries failures in a row", async () => {
    const retries: (number | null)[] = [];
    const { stream, cursors } = streamOf([answer(start + output(5)), () => answer(start)], {
      maxRetries: 3,
      onRetry: ({ lastEventId }) => retries.push(lastEventId),
    });
    const { read, error } = await collect(stream);
    expect(read).toHaveLength(2);
    expect(error).toBeInstanceOf(StreamError);
    expect(error).toMatchObject({
      code: "connection_failed",
      message: "The connection ended before a terminal event after the event 5.",
    });
    expect(cursors).toEqual([null, 5, 5, 5]);
    expect(retries).toEqual([5, 5, 5]);
  });

  it("counts a connection that lasted as progress, so that a quiet session survives an impatient proxy", async () => {
    const clock = new ManualClock();
    let connections = 0;
    const stream = new EventStream({
      clock,
      random: () => 0,
      maxRetries: 1,
      maxDelayMs: 10_000,
      onRetry: ({ delayMs }) => queueMicrotask(() => clock.advance(delayMs)),
      open: () => {
        connections++;
        clock.advance(20_000);
        return Promise.resolve(answer(connections < 6 ? start : exit(1)));
      },
    });
    expect((await collect(stream)).error).toBeUndefined();
    expect(connections).toBe(6);
  });

  it("replaces a connection on which not even a heartbeat arrives", async () => {
    const clock = new ManualClock();
    const retried: unknown[] = [];
    const { stream, cursors } = streamOf([answer(start + output(1), "silence"), answer(output(2) + exit(3))], {
      clock,
      heartbeatTimeoutMs: 45_000,
      onRetry: ({ error }) => {
        retried.push(error);
        queueMicrotask(() => clock.advance(0));
      },
    });
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    await events.next();
    const reading = clock.asked();
    const next = events.next();
    await reading;
    expect(clock.pending).toEqual([45_000]);
    clock.advance(45_000);
    expect((await next).value).toMatchObject({ type: "output", id: 2 });
    expect(retried).toMatchObject([
      { code: "timeout", message: "Nothing was received for 45000 ms after the event 1." },
    ]);
    expect(cursors).toEqual([null, 1]);
    await events.return?.();
    expect(clock.pending).toEqual([]);
  });

  it("is kept alive by comments", async () => {
    const clock = new ManualClock();
    let enqueue: ((text: string) => void) | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        enqueue = (text) => controller.enqueue(encoder.encode(text));
      },
    });
    const headers = { "content-type": "text/event-stream" };
    const { stream, cursors } = streamOf([new Response(body, { headers })], { clock });
    const next = stream[Symbol.asyncIterator]().next();
    for (let beat = 0; beat < 4; beat++) {
      const reading = clock.asked();
      enqueue?.(": heartbeat\n\n");
      await reading;
      clock.advance(30_000);
    }
    enqueue?.(start);
    expect((await next).value).toMatchObject({ type: "start" });
    expect(cursors).toEqual([null]);
    stream.close();
  });

  it("does not take a slow reader for a silent connection", async () => {
    const clock = new ManualClock();
    const { stream, cursors } = streamOf([answer(start + output(1), "silence")], { clock });
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    clock.advance(100_000);
    expect((await events.next()).value).toMatchObject({ type: "output", id: 1 });
    clock.advance(100_000);
    const asked = clock.asked();
    const next = events.next();
    await asked;
    clock.advance(44_000);
    expect(cursors).toEqual([null]);
    stream.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("replaces a connection that is never answered", async () => {
    const clock = new ManualClock();
    let signal: AbortSignal | undefined;
    let opened = 0;
    const stream = new EventStream({
      clock,
      random: () => 0,
      onRetry: () => queueMicrotask(() => clock.advance(0)),
      open: (_after, connection) => {
        if (opened++ > 0) return Promise.resolve(answer(exit(1)));
        signal = connection;
        return new Promise(() => undefined);
      },
    });
    const opening = clock.asked();
    const next = stream[Symbol.asyncIterator]().next();
    await opening;
    clock.advance(45_000);
    expect((await next).value).toMatchObject({ type: "exit" });
    expect(signal?.aborted).toBe(true);
  });

  it("cancels an answer that comes too late", async () => {
    const clock = new ManualClock();
    let cancelled: (() => void) | undefined;
    const cancelling = new Promise<void>((resolve) => (cancelled = resolve));
    let late: ((response: EventResponse) => void) | undefined;
    const stream = new EventStream({ clock, open: () => new Promise((resolve) => (late = resolve)), maxRetries: 0 });
    const opening = clock.asked();
    const next = stream[Symbol.asyncIterator]().next();
    await opening;
    clock.advance(45_000);
    await expect(next).rejects.toMatchObject({ code: "timeout" });
    const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled?.() });
    late?.(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    await cancelling;
  });
});

describe("EventStream at its end", () => {
  it.each([
    ["exit", { code: 3 }],
    ["error", { message: "Session failed" }],
    ["terminated", { message: "Session terminated" }],
    ["stale", { message: "No output for 600s" }],
    ["exit", { without: "a code" }],
  ])("ends with %s and reads nothing after it", async (type, fields) => {
    const last = `data: ${JSON.stringify({ type, ...fields })}\n\n`;
    const { stream, cursors } = streamOf([answer(start + last + output(9))]);
    expect((await collect(stream)).read).toHaveLength(2);
    expect(cursors).toHaveLength(1);
    expect(stream.verified).toBe(false);
    expect(terminalEventTypes).toContain(type);
  });

  it("does without the digest's code when there is nothing to prove", async () => {
    const builtin = vi.spyOn(process, "getBuiltinModule");
    await collect(streamOf([answer(start + exit(10))], { since: 9 }).stream);
    expect(builtin).not.toHaveBeenCalled();
    builtin.mockRestore();
  });

  it("is verified by the runtime's own SHA-256 and by ours", async () => {
    for (const native of [true, false]) {
      const spy = native ? undefined : vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
      const { stream } = streamOf([answer(recordedSession())]);
      expect((await collect(stream)).read).toEqual(recordedEvents);
      expect(stream.verified).toBe(true);
      spy?.mockRestore();
    }
  });

  it.each([
    ["a missing event", recordedSession().replace(/id: 7\n.*\n\n/, ""), "The stream has 8 events, 7 were received."],
    [
      "a changed byte",
      recordedSession().replace("größer", "kleiner"),
      "The 8 events that were received differ from those recorded.",
    ],
    [
      "a byte that is no UTF-8",
      recordedSession().replace("größer", "gr\ufffd\ufffdßer"),
      "The 8 events that were received differ from those recorded.",
    ],
    [
      "an event that came twice",
      recordedSession().replace(/(id: 6\n.*\n\n)/, "$1$1"),
      "The event 6 came after the event 6.",
    ],
    [
      "events out of order",
      recordedSession().replace(/(id: 1\n.*\n\n)(: heartbeat\n\n)(id: 2\n.*\n\n)/, "$3$2$1"),
      "The event 1 came after the event 2.",
    ],
    [
      "a wrong digest",
      recordedSession(0, { ...terminalEvent, digest: "00".repeat(32) }),
      "The 8 events that were received differ from those recorded.",
    ],
  ])("throws StreamIntegrityError on %s, without trying again", async (_what, session, message) => {
    const { stream, cursors } = streamOf([() => answer(session)]);
    const { error } = await collect(stream);
    expect(StreamIntegrityError.isInstance(error)).toBe(true);
    expect(AodError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ name: "StreamIntegrityError", code: "stream_integrity", message });
    expect(stream.verified).toBe(false);
    expect(cursors).toHaveLength(1);
  });

  it("takes a stream without count and digest as it comes", async () => {
    const { stream } = streamOf([answer(start + output(11) + output(17) + exit(17))]);
    expect((await collect(stream)).error).toBeUndefined();
    expect(stream).toMatchObject({ verified: false, lastEventId: 17 });
  });

  it("throws on an event that can't be read, without trying again", async () => {
    const { stream, cursors } = streamOf([() => answer(start + output(1) + "id: 2\ndata: {oops\n\n" + exit(3))]);
    const { read, error } = await collect(stream);
    expect(read).toHaveLength(2);
    expect(error).toMatchObject({ name: "StreamError", code: "invalid_response" });
    expect(stream.lastEventId).toBe(1);
    expect(cursors).toHaveLength(1);
  });
});

describe("EventStream that can't be opened", () => {
  const refusal = (status: number) => () =>
    new Response(`{"detail":"no"}`, { status, headers: { "content-type": "application/json" } });

  it.each([401, 404, 409])("throws on status %i at once", async (status) => {
    const { stream, cursors } = streamOf([refusal(status)]);
    expect((await collect(stream)).error).toMatchObject({
      code: "stream_failed",
      status,
      message: `The answer is no event stream: status ${status}, application/json.`,
    });
    expect(cursors).toHaveLength(1);
  });

  it.each([408, 429, 500, 503])("tries again on status %i", async (status) => {
    const { stream, cursors } = streamOf([refusal(status), answer(exit(1))]);
    expect((await collect(stream)).error).toBeUndefined();
    expect(cursors).toHaveLength(2);
  });

  it("does not take a web page for a stream", async () => {
    const { stream } = streamOf([new Response("<html>", { headers: { "content-type": "text/html" } })]);
    expect((await collect(stream)).error).toMatchObject({ status: 200, retryable: false });
  });

  it("throws what `open` threw, if that is an AodError that will not pass by itself", async () => {
    const missing = new AodError("not_found", "Session not found");
    const { stream, cursors } = streamOf([missing]);
    expect((await collect(stream)).error).toBe(missing);
    expect(cursors).toHaveLength(1);
  });

  it("tries again after other errors, and keeps the last as the cause", async () => {
    const refused = new TypeError("fetch failed");
    const { stream, cursors } = streamOf([refused], { maxRetries: 2 });
    expect((await collect(stream)).error).toMatchObject({ code: "connection_failed", cause: refused });
    expect(cursors).toHaveLength(3);
  });

  it("asks `isRetryable` instead, where there is one", async () => {
    const asked: unknown[] = [];
    const missing = new AodError("not_found", "Session not found");
    const { stream } = streamOf([missing, refusal(503)], {
      isRetryable: (error) => asked.push(error) === 1,
    });
    expect((await collect(stream)).error).toMatchObject({ status: 503 });
    expect(asked).toMatchObject([missing, { status: 503 }]);
  });
});

describe("EventStream ended by its owner", () => {
  it("throws the reason of a signal that was aborted before, and opens nothing", async () => {
    const reason = new Error("too late");
    const { stream, cursors } = streamOf([answer(exit(1))], { signal: AbortSignal.abort(reason) });
    expect((await collect(stream)).error).toBe(reason);
    expect(cursors).toEqual([]);
  });

  it("stops within a batch and during a wait", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const first = streamOf([answer(start + output(1) + output(2))], { signal: controller.signal });
    const waiting = streamOf([() => answer(start)], {
      signal: controller.signal,
      clock: new ManualClock(),
      onRetry: () => queueMicrotask(() => controller.abort(reason)),
    });
    const events = first.stream[Symbol.asyncIterator]();
    await events.next();
    expect((await collect(waiting.stream)).error).toBe(reason);
    await expect(events.next()).rejects.toBe(reason);
  });

  it("ends quietly when it is closed during a wait, and leaves no timer", async () => {
    const clock = new ManualClock();
    const { stream, cursors } = streamOf([() => answer(start)], {
      clock,
      onRetry: () => queueMicrotask(() => stream.close()),
    });
    expect(await collect(stream)).toMatchObject({ read: [{ type: "start" }] });
    expect(clock.pending).toEqual([]);
    expect(cursors).toHaveLength(1);
  });

  it("ends as usual when the signal is aborted after the terminal event", async () => {
    const controller = new AbortController();
    const events = streamOf([answer(exit(1))], { signal: controller.signal }).stream[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: "exit" });
    controller.abort(new Error("too late"));
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("ends with the scope of its iterator", async () => {
    await using server = await EventServer.start((connection) => connection.send(start));
    let closed: Promise<unknown> = Promise.resolve();
    {
      await using events = new EventStream({ open: server.open })[Symbol.asyncIterator]();
      await events.next();
      closed = once(server.connections[0]!.response, "close");
    }
    await closed;
  });

  it("does not connect once it is closed", async () => {
    const { stream, cursors } = streamOf([answer(exit(1))]);
    stream.close();
    expect((await collect({ [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator]() })).error).toMatchObject({
      code: "stream_failed",
    });
    expect(cursors).toEqual([]);
  });

  it("removes its listener from the signal", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    await collect(streamOf([answer(exit(1))], { signal }).stream);
    expect(removed).toHaveBeenCalledWith("abort", expect.any(Function));
  });

  it("can be iterated once", async () => {
    const { stream } = streamOf([answer(exit(1))]);
    await collect(stream);
    await expect(collect({ [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator]() })).resolves.toMatchObject({
      error: { code: "stream_failed", message: "This EventStream was iterated or closed already." },
    });
  });
});
