import { createHash } from "node:crypto";
import { Stream as AnthropicStream } from "@anthropic-ai/sdk/core/streaming";
import { decodeEvents, EventStream } from "@aod/stream";
import { encodeEvent } from "@aod/stream/encode";
import { createParser } from "eventsource-parser";
import { events as fetchEvents } from "fetch-event-stream";
import { Stream as OpenAiStream } from "openai/core/streaming";
import { median, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

const eventCount = 200_000;
const chunkBytes = 65_536;
const rounds = 5;

interface Output {
  readonly data: string;
}

/** Reads a whole response, event by event; resolves to the number of characters of output. */
type Reader = (response: () => Response) => Promise<number>;

const readers: Record<string, Reader> = {
  EventStream: async (response) => {
    let length = 0;
    for await (const event of new EventStream({ open: () => Promise.resolve(response()) })) {
      if (event.type === "output") length += event.data.length;
    }
    return length;
  },
  decodeEvents: async (response) => {
    let length = 0;
    const { body } = response();
    if (body) for await (const event of decodeEvents(body)) if (event.type === "output") length += event.data.length;
    return length;
  },
  "eventsource-parser + JSON.parse": async (response) => {
    let length = 0;
    const decoder = new TextDecoder();
    const parser = createParser({
      onEvent: ({ data }) => {
        const event = JSON.parse(data) as { type: string; data: string };
        if (event.type === "output") length += event.data.length;
      },
    });
    const { body } = response();
    if (body)
      for await (const bytes of body as AsyncIterable<Uint8Array>) parser.feed(decoder.decode(bytes, { stream: true }));
    return length;
  },
  openai: async (response) => {
    let length = 0;
    const stream = OpenAiStream.fromSSEResponse<Output & { type: string }>(response(), new AbortController());
    for await (const event of stream) if (event.type === "output") length += event.data.length;
    return length;
  },
  "@anthropic-ai/sdk": async (response) => {
    let length = 0;
    const stream = AnthropicStream.fromSSEResponse<Output & { type: string }>(response(), new AbortController());
    for await (const event of stream) if (event.type === "output") length += event.data.length;
    return length;
  },
  "fetch-event-stream + JSON.parse": async (response) => {
    let length = 0;
    for await (const { data } of fetchEvents(response())) {
      const event = JSON.parse(data ?? "null") as Output & { type: string };
      if (event.type === "output") length += event.data.length;
    }
    return length;
  },
};

/** Whole streams of equal events in chunks as a socket delivers them. */
interface Input {
  readonly size: number;
  readonly events: number;
  readonly chunks: readonly Uint8Array[];
}

/** The bytes that every reader gets: one `event:` line more than our servers send, because one peer asks for it. */
function plainInput(size: number): Input {
  const frame = `event: output\n${encodeEvent({ data: JSON.stringify(outputEvent(size, 1)) })}`;
  // The chunks of a part of the stream are used again and again, so that 400 MB need not be kept.
  const part = Buffer.from(frame.repeat(1_000));
  const end = `event: exit\n${encodeEvent({ data: JSON.stringify({ type: "exit", code: 0 }) })}`;
  const repeated = Array.from({ length: eventCount / 1_000 }, () => toChunks(part)).flat();
  return { size, events: eventCount, chunks: [...repeated, Buffer.from(end)] };
}

/** A stream as our servers send it, with ids, count and digest. */
function verifiedInput(size: number): Input {
  const events = Math.min(eventCount, 80_000_000 / size);
  const hash = createHash("sha256");
  const frames: string[] = [];
  for (let id = 1; id <= events; id++) {
    const data = JSON.stringify(outputEvent(size, id));
    hash.update(data + "\n");
    frames.push(encodeEvent({ id, data }));
  }
  const exit = { type: "exit", id: events + 1, code: 0, count: events, digest: hash.digest("hex") };
  frames.push(encodeEvent({ id: exit.id, data: JSON.stringify(exit) }));
  return { size, events, chunks: toChunks(Buffer.from(frames.join(""))) };
}

function outputEvent(size: number, id: number): object {
  const data = "All 212 tests of the package passed.\n".repeat(size / 20).slice(0, size);
  return { type: "output", id, stream: "stdout", data, turn: 1 };
}

function toChunks(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes));
}

function toResponse(chunks: readonly Uint8Array[]): Response {
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** Events per second of processor time of each reader: the median of rounds in which they take turns. */
async function measure(input: Input, names: readonly string[]): Promise<Map<string, number>> {
  const rates = new Map<string, number[]>(names.map((name) => [name, []]));
  // The first round warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, results] of rates) {
      globalThis.gc?.();
      // All of it is computing, and processor time does not depend on what else the machine does.
      const begin = process.cpuUsage();
      const length = await readers[name]?.(() => toResponse(input.chunks));
      const { user, system } = process.cpuUsage(begin);
      const seconds = (user + system) / 1_000_000;
      if (length !== input.events * input.size) throw new Error(`${name} read ${length} characters of output.`);
      if (round > 0) results.push(input.events / seconds);
    }
  }
  return new Map(Array.from(rates, ([name, results]) => [name, median(results)]));
}

/**
 * Bytes to typed events through `for await`, beside the parser that ours is built on with `JSON.parse` in its callback
 * (the limit: no iteration, no promise per event) and beside other stream classes.
 */
export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of [20, 150, 2_000]) {
    const rates = await measure(plainInput(size), Object.keys(readers));
    const limit = "eventsource-parser + JSON.parse";
    for (const name of ["decodeEvents", "EventStream"]) {
      const ours = rates.get(name) ?? NaN;
      for (const [peer, theirs] of rates) {
        if (peer === name || peer === "EventStream" || peer === "decodeEvents") continue;
        const sdk = peer === "openai" || peer === "@anthropic-ai/sdk";
        const aim = peer === limit ? 0.9 : sdk ? 2 : undefined;
        figures.push(
          toFigure({
            bench: "stream",
            metric: `${name}, output of ${size} B, events/s`,
            ours,
            theirs,
            peer,
            ...(aim && { aim: { of: "ratio", atLeast: aim } }),
          }),
        );
      }
    }
    const verified = await measure(verifiedInput(size), ["EventStream", limit]);
    figures.push(
      toFigure({
        bench: "stream",
        metric: `EventStream with ids, count and digest, output of ${size} B, events/s`,
        ours: verified.get("EventStream") ?? NaN,
        theirs: verified.get(limit) ?? NaN,
        peer: limit,
      }),
    );
  }
  return figures;
}
