import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "@aod/sdk";
import { median, percentile, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

const rounds = 60;
const warmUps = 10;
/** People do not start a session the moment the last one ends. */
const pauseMs = 100;
const command = ["true"] as const;

/** From `POST /sessions` to the exit event on the stream, in a new sandbox each, beside a bare spawn of the same command. */
export async function run(): Promise<Figure[]> {
  await using server = await startServerProcess();
  const client = new Client({ baseUrl: server.url, token: server.token });
  const agent = await client.agents.create({ name: "bench", runtime: "command", model: "command", command });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = -warmUps; round < rounds; round += 1) {
    const spawned = await timed(async () => {
      await once(spawn(command[0], { stdio: "pipe" }), "close");
    });
    const session = await timed(() => runSession(client, agent.id));
    if (round >= 0) bare.push(spawned);
    if (round >= 0) ours.push(session);
    await delay(pauseMs);
  }
  const common = { bench: "session", peer: "bare spawn" };
  return [
    toFigure({
      ...common,
      metric: "create to exit of true, p50 (ms)",
      ours: median(ours),
      theirs: median(bare),
      aim: { of: "difference", atMost: 40 },
    }),
    toFigure({
      ...common,
      metric: "create to exit of true, p99 (ms)",
      ours: percentile(ours, 99),
      theirs: percentile(bare, 99),
    }),
  ];
}

async function runSession(client: Client, agentId: string): Promise<void> {
  const { id } = await client.sessions.create({ agentId, prompt: "" });
  for await (const event of client.sessions.stream(id)) {
    if (event.type === "exit" && event.code === 0) return;
    if (event.type === "exit" || event.type === "error") throw new Error(`the session ended with ${event.type}`);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function startServerProcess(): Promise<{ url: string; token: string } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), "aod-bench-"));
  const script = fileURLToPath(new URL("./session-server.ts", import.meta.url));
  const server = spawn(process.execPath, ["--conditions=@aod/source", script], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      AOD_PORT: "0",
      AOD_DRIVER: "local",
      AOD_LOG_LEVEL: "error",
      AOD_DATA_DIR: dataDir,
      AOD_CONFIG_DIR: join(dataDir, "config"),
      AOD_CACHE_DIR: join(dataDir, "cache"),
    },
  });
  const [line] = (await once(createInterface(server.stdout), "line")) as [string];
  const ready = JSON.parse(line) as { url: string; token: string };
  return {
    ...ready,
    async [Symbol.asyncDispose]() {
      const gone = once(server, "exit");
      server.stdin.end();
      await gone;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
