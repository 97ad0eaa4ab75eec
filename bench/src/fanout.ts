import { median, percentile, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { startProcess } from "./fanout-protocol.ts";
import type { Plan, Received, Target } from "./fanout-protocol.ts";

const readers = 1_000;
const rounds = 3;
const burst: Plan = { events: 8_000, eventBytes: 150, eventsPerSecond: null };
const steady: Plan = { events: 5_000, eventBytes: 150, eventsPerSecond: 1_000 };

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
  const ours: Record<"rate" | "p50" | "p99", number[]> = { rate: [], p50: [], p99: [] };
  const bare: typeof ours = { rate: [], p50: [], p99: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [file, results] of [
      ["./fanout-bare.ts", bare],
      ["./fanout-server.ts", ours],
    ] as const) {
      results.rate.push((await measure(file, burst)).megabytesPerSecond);
      const { latenciesMs } = await measure(file, steady);
      results.p50.push(percentile(latenciesMs, 50));
      results.p99.push(percentile(latenciesMs, 99));
    }
  }
  const common = { bench: "fanout", peer: "bare node:http" };
  return [
    toFigure({
      ...common,
      metric: `${readers} readers of one session, as fast as it goes (MB/s)`,
      ours: median(ours.rate),
      theirs: median(bare.rate),
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
