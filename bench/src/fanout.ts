import { median, percentile, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { startProcess } from "./fanout-protocol.ts";
import type { Plan, Received, Target } from "./fanout-protocol.ts";

const readers = 1_000;
const rounds = 3;
/** A worker appends at most 500 at once; a program that writes line by line makes small ones. */
const large: Plan = { events: 8_000, eventBytes: 150, pace: { appendOf: 500 } };
const small: Plan = { events: 4_000, eventBytes: 150, pace: { appendOf: 50 } };
const steady: Plan = { events: 5_000, eventBytes: 150, pace: { eventsPerSecond: 1_000 } };

interface Result {
  readonly megabytesPerSecond: number;
  readonly latenciesMs: readonly number[];
}

async function measure(serverFile: string, plan: Plan): Promise<Result> {
  await using server = startProcess(serverFile);
  const target = await server.next<Target>();
  await using clients = startProcess("./fanout-readers.ts");
  clients.send({ target, readers });
  await clients.next();
  const started = server.next<{ startedAtMs: number }>();
  const ended = clients.next<Received>();
  server.send(plan);
  const [{ startedAtMs }, { bytes, endedAtMs, latenciesMs }] = await Promise.all([started, ended]);
  return { megabytesPerSecond: bytes / 1_000 / (endedAtMs - startedAtMs), latenciesMs };
}

/** One session, 1,000 readers over real sockets in another process, beside bare `node:http` that writes the same bytes. */
export async function run(): Promise<Figure[]> {
  const ours: Record<"large" | "small" | "p50" | "p99", number[]> = { large: [], small: [], p50: [], p99: [] };
  const bare: typeof ours = { large: [], small: [], p50: [], p99: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [file, results] of [
      ["./fanout-bare.ts", bare],
      ["./fanout-server.ts", ours],
    ] as const) {
      results.large.push((await measure(file, large)).megabytesPerSecond);
      results.small.push((await measure(file, small)).megabytesPerSecond);
      const { latenciesMs } = await measure(file, steady);
      results.p50.push(percentile(latenciesMs, 50));
      results.p99.push(percentile(latenciesMs, 99));
    }
  }
  const common = { bench: "fanout", peer: "bare node:http" };
  return [
    toFigure({
      ...common,
      metric: `${readers} readers of one session, appends of 500 (MB/s)`,
      ours: median(ours.large),
      theirs: median(bare.large),
      aim: { of: "ratio", atLeast: 0.8 },
    }),
    toFigure({
      ...common,
      metric: `${readers} readers of one session, appends of 50 (MB/s)`,
      ours: median(ours.small),
      theirs: median(bare.small),
      aim: { of: "ratio", atLeast: 0.8 },
    }),
    toFigure({
      ...common,
      metric: `append to reader at 1,000 events/s, ${readers} readers, p50 (ms)`,
      ours: median(ours.p50),
      theirs: median(bare.p50),
    }),
    toFigure({
      ...common,
      metric: `append to reader at 1,000 events/s, ${readers} readers, p99 (ms)`,
      ours: median(ours.p99),
      theirs: median(bare.p99),
      aim: { of: "ours", atMost: 25 },
    }),
  ];
}
