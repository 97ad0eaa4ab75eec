import fc from "fast-check";
import { beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { frame, recordSession, start } from "../test/support/frames.ts";
import { events, hangUp, json, startServer } from "../test/support/http-server.ts";
import type { Answer } from "../test/support/http-server.ts";
import { session } from "../test/support/payloads.ts";
import { clientOf, failureOf } from "../test/support/test-client.ts";
import { isTerminalEvent, RateLimitError } from "./index.ts";
import type { ReconnectEvent, SessionEvent, SessionStream } from "./index.ts";

// Reconnects wait a random share of half a second; here the share is nothing.
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});

async function collect(stream: SessionStream): Promise<SessionEvent[]> {
  const collected: SessionEvent[] = [];
  for await (const event of stream) collected.push(event);
  return collected;
}

function dataOf(collected: readonly SessionEvent[]): string[] {
  return collected.flatMap((event) => (event.type === "output" ? [event.data] : []));
}

/** A server that answers each connection from the cursor it asks for, but breaks connection `n` off after `cuts[n]` bytes. */
function playback(recorded: ReturnType<typeof recordSession>, cuts: readonly number[]): Answer {
  let connection = 0;
  return (response, received, request) => {
    const since = Number(received.headers["last-event-id"] ?? 0);
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

const one = recordSession([["Thu Apr 17\n"]]);

describe("a stream", () => {
  test("delivers typed events in camelCase, and proves that it is complete", async () => {
    const server = await startServer(events(one.from()));
    const stream = clientOf(server).sessions.stream("s");
    expect(await collect(stream)).toEqual([
      { type: "start", runtime: "claude", provider: "anthropic", sessionId: "s" },
      { type: "turn_start", id: 1, turn: 1 },
      { type: "output", id: 1, stream: "stdout", data: "Thu Apr 17\n", turn: 1 },
      { type: "exit", id: 2, code: 0, count: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    expect(stream.verified).toBe(true);
    expect(stream.lastEventId).toBe(2);
  });

  test("asks for an event stream, and for a full replay without a cursor", async () => {
    const server = await startServer(events(one.from()));
    await collect(clientOf(server).sessions.stream("s"));
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: "GET",
      url: "/sessions/s/stream",
      headers: { accept: "text/event-stream", authorization: "Bearer aod_test" },
    });
    expect(server.received[0]?.headers["last-event-id"]).toBeUndefined();
  });

  test("sends a cursor both as query and as header", async () => {
    const server = await startServer(events(start + frame({ type: "exit", id: 43, code: 0 })));
    const stream = clientOf(server).sessions.stream("s", { since: 42 });
    await collect(stream);
    expect(server.received[0]).toMatchObject({
      url: "/sessions/s/stream?since=42",
      headers: { "last-event-id": "42" },
    });
    expect(stream.verified).toBe(false);
  });

  test("decodes stage events and keeps fields of newer servers under their own names", async () => {
    const stage = { type: "stage", id: 1, stage: "packages", state: "done", duration_ms: 12, cache_hit: true };
    const server = await startServer(events(start + frame(stage) + frame({ type: "exit", id: 2, code: 0 })));
    const [, decoded] = await collect(clientOf(server).sessions.stream("s"));
    expect(decoded).toEqual({
      type: "stage",
      id: 1,
      stage: "packages",
      state: "done",
      durationMs: 12,
      cache_hit: true,
    });
  });

  test("delivers events of unknown types as unknown, whole", async () => {
    const unknown = { type: "thinking", id: 1, some_text: "hm" };
    const server = await startServer(events(start + frame(unknown) + frame({ type: "exit", id: 2, code: 0 })));
    const [, event] = await collect(clientOf(server).sessions.stream("s"));
    expect(event).toEqual({ type: "unknown", rawType: "thinking", id: 1, some_text: "hm" });
  });

  test("reads frames however they are cut into chunks, and ignores comments and other fields", async () => {
    const text = `: heartbeat\n\nevent: message\nretry: 5\n${one.from().replaceAll("\n\n", "\r\n\r\n")}`;
    const server = await startServer((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const bytes = Buffer.from(text);
      const writeFrom = (index: number): void => {
        if (index === bytes.length) response.end();
        else response.write(bytes.subarray(index, index + 1), () => writeFrom(index + 1));
      };
      writeFrom(0);
    });
    expect(dataOf(await collect(clientOf(server).sessions.stream("s")))).toEqual(one.outputs);
    expect(server.received).toHaveLength(1);
  });

  test.each(["exit", "error", "terminated", "stale"])("ends after %s, whatever follows", async (type) => {
    const last = { type, id: 2, code: 1, message: "m" };
    const late = frame({ type: "output", id: 3, data: "late" });
    const server = await startServer(events(start + frame(last) + late, { cut: true }));
    const collected = await collect(clientOf(server).sessions.stream("s"));
    expect(collected.map((event) => event.type)).toEqual(["start", type]);
    expect(collected.filter(isTerminalEvent)).toHaveLength(1);
  });
});

describe("a stream of another server", () => {
  test("is read with one dialect, other spellings, and neither count nor digest", async () => {
    const frames = [
      'data: {"type":"start","provider":"openai","session_id":"s"}\n\n',
      'id: 1\ndata: {"id":1,"data":"no type"}\n\n',
      'id: 2\ndata: {"type":"output","id":2,"stream":"stderr","data":"no turn"}\n\n',
      'id: 3\ndata: {"type":"exit","id":3,"exit_code":7}\n\n',
    ];
    const server = await startServer(events(frames.join("")));
    const stream = clientOf(server).sessions.stream("s");
    expect(await collect(stream)).toEqual([
      { type: "start", provider: "openai", runtime: "codex", sessionId: "s" },
      { type: "output", id: 1, stream: "stdout", data: "no type", turn: null },
      { type: "output", id: 2, stream: "stderr", data: "no turn", turn: null },
      { type: "exit", id: 3, code: 7, exit_code: 7 },
    ]);
    expect(stream.verified).toBe(false);
  });

  test("may name the reason of an error detail, and have no id at the end", async () => {
    const server = await startServer(events(`${start}data: {"type":"error","detail":"Session failed"}\n\n`));
    const [, last] = await collect(clientOf(server).sessions.stream("s"));
    expect(last).toEqual({ type: "error", id: null, message: "Session failed", detail: "Session failed" });
  });

  test("may have ids with gaps", async () => {
    const frames = [10, 25, 900].map((id) => frame({ type: "output", id, stream: "stdout", data: "x", turn: 1 }));
    const server = await startServer(
      events(start + frames.join(""), { cut: true }),
      events(start + frame({ type: "exit", id: 900, code: 0 })),
    );
    expect(dataOf(await collect(clientOf(server).sessions.stream("s")))).toEqual(["x", "x", "x"]);
    expect(server.received[1]?.url).toBe("/sessions/s/stream?since=900");
  });
});

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
    expect(server.received[1]).toMatchObject({ url: "/sessions/s/stream?since=3", headers: { "last-event-id": "3" } });
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
    expect(server.received.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "2", "2"]);
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

describe("a stream that is not the recorded one", () => {
  test.each([
    ["an event is missing", (text: string) => text.replace(/id: 2\ndata: .*\n\n/, "")],
    ["an event differs", (text: string) => text.replace('"data":"b"', '"data":"B"')],
    ["an event comes twice", (text: string) => text.replace(/(id: 2\ndata: .*\n\n)/, "$1$1")],
  ])("throws when %s", async (_what, spoil) => {
    const server = await startServer(events(spoil(recordSession([["a", "b", "c"]]).from())));
    expect(await failureOf(collect(clientOf(server).sessions.stream("s")))).toMatchObject({
      name: "StreamIntegrityError",
      code: "stream_integrity",
    });
  });
});

describe("an error of the HTTP answer", () => {
  test("surfaces in the loop, not before", async () => {
    const server = await startServer(json(404, { detail: "Session not found" }));
    const stream = clientOf(server).sessions.stream("s");
    expect(await failureOf(collect(stream))).toMatchObject({
      name: "NotFoundError",
      status: 404,
      detail: "Session not found",
    });
    expect(server.received).toHaveLength(1);
  });

  test("keeps its class and extras after retries were given up", async () => {
    const server = await startServer(json(429, { detail: "quota", limit: 1, active: 1 }));
    const error = await failureOf(collect(clientOf(server).sessions.stream("s", { maxRetries: 1 })));
    expect(RateLimitError.isInstance(error) && [error.limit, error.active]).toEqual([1, 1]);
    expect(server.received).toHaveLength(2);
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

describe("run and wait", () => {
  const id = session.id;
  const ack = json(202, { id, status: "pending" });
  const failing = events(
    start +
      frame({ type: "output", id: 1, stream: "stdout", data: "x", turn: 1 }) +
      frame({ type: "error", id: 2, message: "Session failed" }) +
      frame({ type: "output", id: 3, stream: "stdout", data: "late", turn: 1 }),
  );

  test("run creates, streams to the end and gets the session", async () => {
    const server = await startServer(ack, events(one.from()), json(200, session));
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "date", timeout: 60 });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "POST /sessions",
      `GET /sessions/${id}/stream`,
      `GET /sessions/${id}`,
    ]);
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({ agent_id: "a", prompt: "date", timeout: 60 });
    expect(result.events.map(({ type }) => type)).toEqual(["start", "turn_start", "output", "exit"]);
    expect(result).toMatchObject({ verified: true, session: { id, status: "completed", exitCode: 0 } });
  });

  test("run reads nothing after the first terminal event", async () => {
    const server = await startServer(ack, failing, json(200, { ...session, status: "failed", exit_code: null }));
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "p" });
    expect(result.events.map(({ type }) => type)).toEqual(["start", "output", "error"]);
    expect(result).toMatchObject({ verified: false, session: { status: "failed", exitCode: null } });
  });

  test("run hands each event to onEvent and waits for it", async () => {
    const server = await startServer(ack, events(one.from()), json(200, session));
    const seen: string[] = [];
    const result = await clientOf(server).sessions.run(
      { agentId: "a", prompt: "p" },
      {
        collectEvents: false,
        onEvent: async (event) => {
          seen.push(`${event.type} begins`);
          await Promise.resolve();
          seen.push(`${event.type} ends`);
        },
      },
    );
    expect(seen).toEqual(
      ["start", "turn_start", "output", "exit"].flatMap((type) => [`${type} begins`, `${type} ends`]),
    );
    expect(result.events).toEqual([]);
  });

  test("run passes on what onEvent throws and drops the connection", async () => {
    const broken = new Error("disk full");
    const server = await startServer(ack, events(one.from()));
    const onEvent = (): never => {
      throw broken;
    };
    expect(await failureOf(clientOf(server).sessions.run({ agentId: "a", prompt: "p" }, { onEvent }))).toBe(broken);
    expect(server.received).toHaveLength(2);
  });

  test("run makes one session for one idempotency key", async () => {
    const server = await startServer(hangUp, ack, events(one.from()), json(200, session));
    await clientOf(server).sessions.run({ agentId: "a", prompt: "p" }, { idempotencyKey: "job-7" });
    expect(server.received.slice(0, 2).map(({ headers }) => headers["idempotency-key"])).toEqual(["job-7", "job-7"]);
  });

  test("run ends with a stale stream and says that the session still runs", async () => {
    const stale = frame({ type: "stale", id: 1, message: "No output for 600s" });
    const server = await startServer(
      ack,
      events(start + stale),
      json(200, { ...session, status: "running", exit_code: null }),
    );
    const result = await clientOf(server).sessions.run({ agentId: "a", prompt: "p" });
    expect(result.session.status).toBe("running");
    expect(result.events.at(-1)).toEqual({ type: "stale", id: 1, message: "No output for 600s" });
  });

  test("wait follows a session that exists, from a cursor", async () => {
    const server = await startServer(events(one.from()), json(200, session));
    const seen: string[] = [];
    const result = await clientOf(server).sessions.wait("s", { since: 7, onEvent: ({ type }) => void seen.push(type) });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /sessions/s/stream?since=7",
      "GET /sessions/s",
    ]);
    expect(seen.at(-1)).toBe("exit");
    expect(result.session.id).toBe(id);
    expect(result.verified).toBe(false);
  });

  test("wait ends with the caller's reason", async () => {
    const server = await startServer(events(one.from(), { cut: true }));
    const reason = new Error("enough");
    const waiting = clientOf(server).sessions.wait("s", { signal: AbortSignal.abort(reason) });
    expect(await failureOf(waiting)).toBe(reason);
  });
});

test("a switch over the type of an event narrows it", () => {
  const describeEvent = (event: SessionEvent): string => {
    switch (event.type) {
      case "output":
        expectTypeOf(event.data).toEqualTypeOf<string>();
        return event.data;
      case "exit":
        expectTypeOf(event.code).toEqualTypeOf<number>();
        return String(event.code);
      case "unknown":
        expectTypeOf(event.rawType).toEqualTypeOf<string | null>();
        return String(event["anything"]);
      default:
        return event.type;
    }
  };
  expect(describeEvent({ type: "exit", id: 1, code: 3 })).toBe("3");
});
