import { get } from "node:http";
import { median, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { startProcess } from "./fanout-protocol.ts";
import type { Plan, Target } from "./fanout-protocol.ts";

const events = 100_000;
const rounds = 5;
const plan: Plan = { events, eventBytes: 150, pace: { appendOf: 500 } };

interface Replay {
  readonly firstMs: number;
  readonly wholeMs: number;
  readonly bytes: number;
}

/** From the request to the first logged event, and to the end. */
function replay({ port, path, token }: Target): Promise<Replay> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      let head: string | null = "";
      let firstMs = NaN;
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (head === null) return;
        head += chunk.toString("latin1");
        if (!head.includes("\nid: 1\n")) return;
        head = null;
        firstMs = performance.now() - started;
      });
      response.once("error", reject);
      response.once("end", () => {
        resolve({ firstMs, wholeMs: performance.now() - started, bytes });
      });
    }).once("error", reject);
  });
}

/** A finished session of 100,000 events, read from its beginning over a real socket. */
export async function run(): Promise<Figure[]> {
  await using server = startProcess("./fanout-server.ts");
  const target = await server.next<Target>();
  server.send(plan);
  await server.next();
  // Follows the session while it is written, to the end.
  const live = await replay(target);
  if (!(live.bytes > 0)) throw new Error("the session has no events");
  const replays: Replay[] = [];
  for (let round = 0; round < rounds; round += 1) replays.push(await replay(target));
  const common = { bench: "replay" };
  return [
    toFigure({
      ...common,
      metric: `${events} events, request to first event (ms)`,
      ours: median(replays.map(({ firstMs }) => firstMs)),
      aim: { of: "ours", atMost: 50 },
    }),
    toFigure({
      ...common,
      metric: `${events} events, whole replay (events/s)`,
      ours: events / (median(replays.map(({ wholeMs }) => wholeMs)) / 1_000),
    }),
    toFigure({
      ...common,
      metric: `${events} events, whole replay (MB/s)`,
      ours: median(replays.map(({ bytes, wholeMs }) => bytes / 1_000 / wholeMs)),
    }),
  ];
}
