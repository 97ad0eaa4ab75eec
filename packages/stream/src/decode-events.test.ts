import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../test/support/collect.ts";
import { recordedEvents, recordedSession } from "../test/support/recorded-session.ts";
import { decodeEvents } from "./decode-events.ts";
import { StreamError } from "./errors.ts";

const encoder = new TextEncoder();
const recorded = encoder.encode(recordedSession());

function body(...chunks: (Uint8Array | string)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

function output(data: string, id = 1): string {
  return `data: ${JSON.stringify({ type: "output", id, stream: "stdout", data, turn: 1 })}\n\n`;
}

describe("decodeEvents", () => {
  it("reads a recorded session, whole and byte by byte", async () => {
    expect((await collect(decodeEvents(body(recorded)))).read).toEqual(recordedEvents);
    const bytes = Array.from(recorded, (byte) => Uint8Array.of(byte));
    expect((await collect(decodeEvents(body(...bytes)))).read).toEqual(recordedEvents);
  });

  it("reads the same when the session is split at any byte", async () => {
    for (let at = 0; at <= recorded.length; at++) {
      const events = (await collect(decodeEvents(body(recorded.subarray(0, at), recorded.subarray(at))))).read;
      expect(events, `split at ${at}`).toEqual(recordedEvents);
    }
  });

  it("reads the same with any line ends, byte order mark, comments and unknown fields, cut anywhere", async () => {
    const lineEnd = fc.constantFrom("\n", "\r", "\r\n");
    const noise = fc.constantFrom(
      "",
      ": heartbeat",
      "event: message",
      "retry: 10",
      "retry: soon",
      "unknown: x",
      "data",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: "binary" }), noise, space: fc.boolean() }), { maxLength: 8 }),
        lineEnd,
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (texts, end, mark, sizes) => {
          const lines = texts.map(({ text, noise: line, space }, i) => {
            const json = JSON.stringify({ type: "output", id: i, stream: "stdout", data: text });
            // A `data` line without a value adds a line feed to the JSON, where it is white space.
            return `${line}${end}${line === "" ? "" : `id: ${i}${end}`}data:${space ? " " : ""}${json}${end}${end}`;
          });
          const bytes = encoder.encode((mark ? "\ufeff" : "") + lines.join(""));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length]!;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          // A lone CR at the very end could still be half of a CRLF.
          const events = (await collect(decodeEvents(body(...chunks, `: the end\n`)))).read;
          expect(events.map((event) => event["data"])).toEqual(
            texts.map(({ text }) => JSON.parse(JSON.stringify(text)) as string),
          );
        },
      ),
    );
  });

  it("replaces invalid UTF-8 and reads on", async () => {
    const bytes = encoder.encode(output("a?b") + output("c", 2));
    bytes[bytes.indexOf(0x3f)] = 0xff;
    expect((await collect(decodeEvents(body(bytes)))).read).toMatchObject([{ data: "a\ufffdb" }, { data: "c" }]);
  });

  it("reads a line of 10 MB in small chunks", async () => {
    const bytes = encoder.encode(output("x".repeat(10_000_000)));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 16_384) chunks.push(bytes.subarray(at, at + 16_384));
    const { read } = await collect(decodeEvents(body(...chunks)));
    expect(read).toHaveLength(1);
    expect(read[0]?.["data"] === "x".repeat(10_000_000)).toBe(true);
  });

  it("refuses an event longer than the limit, after those before it", async () => {
    const long = output("x".repeat(2_000), 2);
    const chunks = [output("one") + long.slice(0, 1_500), long.slice(1_500), output("three", 3)];
    const { read, error } = await collect(decodeEvents(body(...chunks), { maxEventLength: 1_000 }));
    expect(read).toMatchObject([{ data: "one" }]);
    expect(error).toBeInstanceOf(StreamError);
    expect(error).toMatchObject({ code: "invalid_response", message: expect.stringContaining("1000") as string });
  });

  it("delivers the event whose end stands before one that is too long", async () => {
    const long = `data: ${"x".repeat(2_000)}\ndata: {}\n\n`;
    const chunks = [output("one").slice(0, -1), `\n${long}${output("three", 3)}`];
    const { read, error } = await collect(decodeEvents(body(...chunks), { maxEventLength: 1_000 }));
    expect(read).toMatchObject([{ data: "one" }]);
    expect(error).toMatchObject({ code: "invalid_response" });
  });

  it.each([
    ["text that is no JSON", "data: [DONE]\n\n", "An event is no JSON object (id none, 6 characters)."],
    ["half of an object", 'id: 4\ndata: {"type":\n\n', "An event is no JSON object (id 4, 8 characters)."],
    ["a JSON array", "data: []\n\n", "An event is no JSON object (id none, 2 characters)."],
    ["JSON null", "data: null\n\n", "An event is no JSON object (id none, 4 characters)."],
    ["nothing", "data:\n\n", "An event is no JSON object (id none, 0 characters)."],
  ])("throws on %s, after the events before it, and ends", async (_what, frame, message) => {
    const events = decodeEvents(body(output("one") + frame + output("two", 2)));
    expect((await events.next()).value).toMatchObject({ data: "one" });
    await expect(events.next()).rejects.toMatchObject({ name: "StreamError", code: "invalid_response", message });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("delivers all events before and none after one that is no JSON, among hundreds in one chunk", async () => {
    const ids = Array.from({ length: 300 }, (_, i) => i + 1);
    const frames = ids.map((id) => (id === 200 ? `data: {"type":\n\n` : output(`${id}`, id)));
    const { read, error } = await collect(decodeEvents(body(frames.join(""))));
    expect(read.map((event) => event["id"])).toEqual(ids.slice(0, 199));
    expect(error).toMatchObject({ code: "invalid_response" });
  });

  it("does not take two halves of an object for events", async () => {
    const { read, error } = await collect(decodeEvents(body(`data: {"type":"a"\n\ndata: "b":1}\n\n`)));
    expect(read).toEqual([]);
    expect(error).toMatchObject({ code: "invalid_response" });
  });

  it("delivers unknown events, and known ones that lack what their type promises, as unknown", async () => {
    const frames = [
      `{"type":"later","id":1,"more":{"a":1}}`,
      `{"type":"output","id":2}`,
      `{"type":"exit","code":"0"}`,
      `{"no":"type"}`,
      `{"type":7}`,
      `{"type":"unknown","rawType":"x"}`,
    ];
    const { read } = await collect(decodeEvents(body(frames.map((json) => `data: ${json}\n\n`).join(""))));
    expect(read).toEqual([
      { type: "unknown", rawType: "later", id: 1, more: { a: 1 } },
      { type: "unknown", rawType: "output", id: 2 },
      { type: "unknown", rawType: "exit", code: "0" },
      { type: "unknown", rawType: null, no: "type" },
      { type: "unknown", rawType: null },
      { type: "unknown", rawType: "unknown" },
    ]);
  });

  it("does not deliver an event that the end of the body cuts off", async () => {
    expect((await collect(decodeEvents(body(output("one") + output("two").slice(0, -1))))).read).toHaveLength(1);
  });

  it("passes on what reading the body throws", async () => {
    const broken = new Error("broken pipe");
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(broken) });
    expect((await collect(decodeEvents(failing))).error).toBe(broken);
  });

  it("cancels the body when the loop is left", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode(output("again"))),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const event of decodeEvents(endless)) {
      expect(event.type).toBe("output");
      break;
    }
    expect(cancelled).toBe(true);
  });

  /** A body of two events that then stays open, and what ends it. */
  function openBody(): { body: ReadableStream<Uint8Array>; cancelled: Promise<unknown> } {
    const { promise: cancelled, resolve: cancel } = Promise.withResolvers<unknown>();
    const open = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(output("1") + output("2"))),
      cancel,
    });
    return { body: open, cancelled };
  }

  it.each([0, 1, 2])(
    "throws the reason of a signal that is aborted after %i events, and cancels the body",
    async (count) => {
      const { body: open, cancelled } = openBody();
      const controller = new AbortController();
      const reason = new Error("enough");
      const events = decodeEvents(open, { signal: controller.signal });
      for (let i = 0; i < count; i++) await events.next();
      const waiting = count === 2 ? events.next() : undefined;
      controller.abort(reason);
      await expect(waiting ?? events.next()).rejects.toBe(reason);
      await cancelled;
      expect(await events.next()).toEqual({ done: true, value: undefined });
    },
  );

  it("cancels the body with the scope of its iterator", async () => {
    const { body: open, cancelled } = openBody();
    {
      await using events = decodeEvents(open);
      await events.next();
    }
    await cancelled;
  });

  it("answers overlapping calls of next() in their order", async () => {
    const events = decodeEvents(body(output("1"), output("2") + output("3"), output("4")));
    const results = await Promise.all(Array.from({ length: 6 }, () => events.next()));
    expect(results.map(({ value }) => value?.["data"])).toEqual(["1", "2", "3", "4", undefined, undefined]);
  });
});
