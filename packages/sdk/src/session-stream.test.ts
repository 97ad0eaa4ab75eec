import { beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { collect, dataOf } from "../test/support/collect.ts";
import { frame, recordSession, start } from "../test/support/frames.ts";
import { events, json, startServer } from "../test/support/http-server.ts";
import { clientOf, failureOf } from "../test/support/test-client.ts";
import { isTerminalEvent, RateLimitError } from "./index.ts";
import type { SessionEvent } from "./index.ts";

// Reconnects wait a random share of half a second; here the share is nothing.
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0);
});

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

  test("sends a cursor as query and not as a header, which pages of other origins may not send everywhere", async () => {
    const server = await startServer(events(start + frame({ type: "exit", id: 43, code: 0 })));
    const stream = clientOf(server).sessions.stream("s", { since: 42 });
    await collect(stream);
    expect(server.received[0]?.url).toBe("/sessions/s/stream?since=42");
    expect(server.received[0]?.headers["last-event-id"]).toBeUndefined();
    expect(stream.verified).toBe(false);
  });

  test("ends after what is stored when it does not follow", async () => {
    const stored = start + frame({ type: "output", id: 43, stream: "stdout", data: "x", turn: 1 });
    const server = await startServer(events(`${stored}: end of what is stored\n\n`));
    const stream = clientOf(server).sessions.stream("s", { since: 42, follow: false });
    expect((await collect(stream)).map(({ type }) => type)).toEqual(["start", "output"]);
    expect(stream.lastEventId).toBe(43);
    expect(server.received.map(({ url }) => url)).toEqual(["/sessions/s/stream?since=42&follow=false"]);
  });

  test("does not take a cursor from the future for the end", async () => {
    const server = await startServer(events(start + frame({ type: "exit", id: 15, code: 0 })));
    const stream = clientOf(server).sessions.stream("s", { since: 1000 });
    expect(await failureOf(collect(stream))).toMatchObject({ name: "StreamIntegrityError", code: "stream_integrity" });
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
