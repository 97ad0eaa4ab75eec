// The stream of a recorded session, cut at every byte offset. [L3] [L4]
import { createHash } from "node:crypto";
import { Client } from "@aod/sdk";
import { EventStream, type StreamEvent } from "@aod/stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { faultSeed, seededRandom } from "./seeded-random.ts";

const script = String.raw`
printf 'plain\n'; printf 'ümlaut é€😀\n' >&2; printf 'sep \u2028 \u2029 \u0085 end\n'; sleep 0.05
printf 'half \xe2\x82'; sleep 0.05; printf '\xac a line without end'; sleep 0.05; printf '\xff\xfe \\"quoted\\" \r\n'; exit 3`;

let server: ServerProcess;
let sessionId: string;
let recorded: Uint8Array;
let reference: StreamEvent[];

beforeAll(async () => {
  server = await startServerProcess();
  const client = new Client({ baseUrl: server.url, token: server.token });
  const agent = await client.agents.create({ name: "recorded", runtime: "command", model: "command" });
  ({ id: sessionId } = await client.sessions.create({ agentId: agent.id, prompt: script }));
  for await (const _ of client.sessions.stream(sessionId));
  recorded = new Uint8Array(await (await openStream(null)).arrayBuffer());
  reference = await collect(new EventStream({ open: (after) => openStream(after) }));
});

afterAll(() => server[Symbol.asyncDispose]());

function openStream(after: number | null): Promise<Response> {
  return fetch(`${server.url}/sessions/${sessionId}/stream`, {
    headers: { authorization: `Bearer ${server.token}`, ...(after !== null && { "last-event-id": String(after) }) },
  });
}

async function collect(stream: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The recorded stream up to `offset`, then a broken connection, or one that just ends. */
function cutResponse(offset: number): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (offset > 0) controller.enqueue(recorded.slice(0, offset));
    },
    pull(controller) {
      if (offset % 2 === 0) controller.error(new TypeError("terminated"));
      else controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

describe("a recorded session", () => {
  it("is what its digest says, also for somebody without our code", () => {
    const lines = new TextDecoder().decode(recorded).split("\n");
    const logged = lines.flatMap((line, index) => (lines[index - 1]?.startsWith("id: ") ? [line.slice(6)] : []));
    const terminal = JSON.parse(logged.pop() ?? "") as { digest: string; count: number; code: number };
    const hash = createHash("sha256");
    for (const data of logged) hash.update(`${data}\n`);
    expect(terminal).toMatchObject({ type: "exit", code: 3, count: logged.length, digest: hash.digest("hex") });
  });

  it("arrives whole and once when the first connection breaks at any byte", async () => {
    const started = performance.now();
    let verified = 0;
    const offsets = Array.from({ length: recorded.length }, (_, offset) => offset);
    const check = async (offset: number): Promise<void> => {
      let connections = 0;
      const stream = new EventStream({
        open: (after) => (connections++ === 0 ? Promise.resolve(cutResponse(offset)) : openStream(after)),
        initialDelayMs: 0,
      });
      expect(await collect(stream), `cut at ${String(offset)}`).toEqual(reference);
      if (stream.verified) verified += 1;
    };
    const work = async (): Promise<void> => {
      for (let next = offsets.pop(); next !== undefined; next = offsets.pop()) await check(next);
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(verified).toBe(recorded.length);
    report({ suite: "every byte", cuts: recorded.length, lost: 0, duplicated: 0, seconds: seconds(started) });
  });

  it("arrives whole and once through real connections that are reset again and again", async () => {
    const seed = faultSeed();
    const random = seededRandom(seed);
    const started = performance.now();
    await using proxy = await startCuttingProxy(server.url, () => random(1, recorded.length + 600));
    const client = new Client({ baseUrl: proxy.url, token: server.token });
    const follow = async (): Promise<void> => {
      const stream = client.sessions.stream(sessionId, { maxRetries: 100 });
      const events: { type: string }[] = [];
      for await (const event of stream) events.push(event);
      expect(
        events.map(({ type }) => type),
        `seed ${String(seed)}`,
      ).toEqual(reference.map(({ type }) => type));
      expect(stream.verified).toBe(true);
    };
    await Promise.all(Array.from({ length: 40 }, follow));
    report({ suite: "reset connections", seed, cuts: proxy.cuts(), lost: 0, duplicated: 0, seconds: seconds(started) });
  });
});

function seconds(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}

function report(figures: Record<string, unknown>): void {
  process.stdout.write(`faults ${JSON.stringify(figures)}\n`);
}
