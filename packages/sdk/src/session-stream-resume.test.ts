import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { collect, dataOf } from "../test/support/collect.ts";
import { frame, recordSession, start } from "../test/support/frames.ts";
import { events, hangUp, json, startServer } from "../test/support/http-server.ts";
import type { Answer } from "../test/support/http-server.ts";
import { clientOf, failureOf } from "../test/support/test-client.ts";
import { isTerminalEvent } from "./index.ts";
import type { ReconnectEvent } from "./index.ts";

// Reconnects wait a random share of half a second; here the share is nothing.
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});

/** A server that answers each connection from the cursor it asks for, but breaks connection `n` off after `cuts[n]` bytes. */
function playback(recorded: ReturnType<typeof recordSession>, cuts: readonly number[]): Answer {
  let connection = 0;
  return (response, received, request) => {
    const since = Number(new URLSearchParams(received.url.split("?")[1]).get("since"));
    const bytes = Buffer.from(recorded.from(since));
    const cut = cuts[connection++];
    if (cut === undefined || cut >= bytes.length) events(bytes.toString())(response, received, request);
    else {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (cut === 0) response.flushHeaders();
      response.write(bytes.subarray(0, cut), () => response.destroy());
    }
  };
}

describe("a broken connection", () => {
  const recorded = recordSession([["one ", "two\n", "ü€😀\n"], ["three"], ["four", "five"]]);

  test("between turn_start and its output loses nothing", async () => {
    const cut = recorded.from().indexOf("id: 4\n");
    const server = await startServer(playback(recorded, [cut]));
    const stream = clientOf(server).sessions.stream("s");
    const collected = await collect(stream);
    expect(dataOf(collected)).toEqual(recorded.outputs);
    expect(stream.verified).toBe(true);
    expect(collected.filter((event) => event.type === "turn_start").map(({ turn }) => turn)).toEqual([1, 2, 3]);
    // The cursor is that of the last `id:` line: the turn_start before the cut already names event 4.
    expect(server.received[1]?.url).toBe("/sessions/s/stream?since=3");
  });

  test("at any byte, any number of times, loses and repeats nothing", async () => {
    const length = Buffer.byteLength(recorded.from());
    const anyCuts = fc.array(fc.integer({ min: 0, max: length }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        const server = await startServer(playback(recorded, cuts));
        const stream = clientOf(server).sessions.stream("s");
        const collected = await collect(stream);
        expect(dataOf(collected)).toEqual(recorded.outputs);
        expect(collected.filter((event) => event.type === "start")).toHaveLength(1);
        expect(collected.filter(isTerminalEvent)).toHaveLength(1);
        expect(stream.verified).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ["500", json(500, {})],
    ["503", json(503, { detail: "Session backend is not configured" })],
    ["429", json(429, { detail: "slow down" })],
    ["a broken connection", hangUp],
  ])("is resumed although a reconnect ends in %s", async (_what, answer) => {
    const cut = recorded.from().indexOf("id: 3\n");
    const server = await startServer(
      events(recorded.from().slice(0, cut), { cut: true }),
      answer,
      events(recorded.from(2)),
    );
    const reconnects: ReconnectEvent[] = [];
    const onReconnect = (event: ReconnectEvent): unknown => reconnects.push(event);
    const stream = clientOf(server).sessions.stream("s", { onReconnect });
    expect(dataOf(await collect(stream))).toEqual(recorded.outputs);
    expect(stream.verified).toBe(true);
    expect(server.received.map(({ url }) => url.split("?")[1])).toEqual([undefined, "since=2", "since=2"]);
    expect(reconnects.map(({ attempt, lastEventId }) => [attempt, lastEventId])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test.each([401, 404, 409])("is not resumed after a %i", async (status) => {
    const server = await startServer(
      events(recorded.from().slice(0, -20), { cut: true }),
      json(status, { detail: "no" }),
    );
    const stream = clientOf(server).sessions.stream("s");
    expect(await failureOf(collect(stream))).toMatchObject({ status, detail: "no" });
    expect(server.received).toHaveLength(2);
  });

  test("is given up after maxRetries without progress, with the last error", async () => {
    const server = await startServer(
      events(recorded.from().slice(0, 200), { cut: true }),
      json(503, { detail: "down" }),
    );
    const stream = clientOf(server).sessions.stream("s", { maxRetries: 2 });
    expect(await failureOf(collect(stream))).toMatchObject({ name: "ServerError", detail: "down" });
    expect(server.received).toHaveLength(3);
  });

  test("is replaced after at most maxDelayMs", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const server = await startServer(events(recorded.from().slice(0, 200), { cut: true }), hangUp, json(404, {}));
    const delays: number[] = [];
    const onReconnect = ({ delayMs }: ReconnectEvent): unknown => delays.push(delayMs);
    await failureOf(collect(clientOf(server).sessions.stream("s", { maxDelayMs: 5, onReconnect })));
    expect(delays).toEqual([5, 5]);
  });

  test("is forgotten once an event came: only failures in a row count", async () => {
    const ends = ["one ", "two\n", "ü€😀\n", "three", "four"].map((data) => {
      const at = recorded.from().indexOf(JSON.stringify(data));
      return recorded.from().indexOf("\n\n", at) + 2;
    });
    let connection = 0;
    const server = await startServer((response, received, request) => {
      const whole = recorded.from();
      const begin = connection === 0 ? 0 : ends[connection - 1];
      const text = start.repeat(Math.min(connection, 1)) + whole.slice(begin, ends[connection] ?? whole.length);
      events(text, { cut: connection++ < ends.length })(response, received, request);
    });
    const stream = clientOf(server).sessions.stream("s", { maxRetries: 1 });
    expect(dataOf(await collect(stream))).toEqual(recorded.outputs);
    expect(server.received).toHaveLength(6);
  });
});

describe("ending a stream early", () => {
  function endless(): { answer: Answer; closed: Promise<unknown> } {
    const { promise: closed, resolve } = Promise.withResolvers<unknown>();
    const answer: Answer = (response, _received, request) => {
      request.socket.once("close", resolve);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(start + frame({ type: "output", id: 1, stream: "stdout", data: "x", turn: 1 }));
    };
    return { answer, closed };
  }

  test("by leaving the loop drops the connection", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    for await (const event of clientOf(server).sessions.stream("s")) if (event.type === "output") break;
    await closed;
    expect(server.received).toHaveLength(1);
  });

  test("by close() ends a loop that waits", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    const stream = clientOf(server).sessions.stream("s");
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "output") queueMicrotask(() => stream.close());
    }
    expect(types).toEqual(["start", "output"]);
    await closed;
  });

  test("by await using drops the connection", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    {
      await using stream = clientOf(server).sessions.stream("s");
      await stream[Symbol.asyncIterator]().next();
    }
    await closed;
  });

  test("by the scope of its iterator drops the connection", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    {
      await using loop = clientOf(server).sessions.stream("s")[Symbol.asyncIterator]();
      await loop.next();
    }
    await closed;
  });

  test("by the caller's signal throws its reason untouched", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    const controller = new AbortController();
    const reason = new Error("user left");
    const stream = clientOf(server).sessions.stream("s", { signal: controller.signal });
    const seen: string[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const event of stream) {
          seen.push(event.type);
          if (event.type === "output") controller.abort(reason);
        }
      })(),
    );
    expect(failure).toBe(reason);
    expect(seen).toEqual(["start", "output"]);
    await closed;
  });

  test("by closing the client ends its loops", async () => {
    const { answer, closed } = endless();
    const server = await startServer(answer);
    const client = clientOf(server);
    for await (const event of client.sessions.stream("s")) if (event.type === "output") void client.close();
    await closed;
  });
});
