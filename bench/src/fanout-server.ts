// Our server with one running session, whose events are appended in this process as a worker does it.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnv, startServer } from "@aod/server";
import { nowMs, toBatches } from "./fanout-protocol.ts";
import type { Plan } from "./fanout-protocol.ts";

const folder = await mkdtemp(join(tmpdir(), "aod-bench-"));
const server = await startServer(
  readEnv({
    AOD_PORT: "0",
    AOD_ROLE: "api",
    AOD_LOG_LEVEL: "error",
    AOD_DATA_DIR: folder,
    AOD_CONFIG_DIR: join(folder, "config"),
    ...(process.env["DATABASE_URL"] !== undefined && { DATABASE_URL: process.env["DATABASE_URL"] }),
  }),
);
const { log, store } = server.services;
process.once("disconnect", () => {
  void server.close().then(async () => {
    await rm(folder, { recursive: true, force: true });
    process.exit(0);
  });
});

const sessionId = randomUUID();
await store.pool.query(
  `insert into sessions (id, owner_id, agent_snapshot, runtime, provider, status, runtime_session_id, driver)
   select $1, id, '{}', 'command', 'command', 'running', $1, 'local' from owners`,
  [sessionId],
);
await store.pool.query(
  `insert into turns (session_id, turn, prompt, timeout_seconds, status, attempt) values ($1, 1, '', 600, 'running', 1)`,
  [sessionId],
);
process.on("message", (plan: Plan) => void send(plan));
process.send?.({
  port: Number(new URL(server.url ?? "").port),
  path: `/sessions/${sessionId}/stream`,
  token: server.firstKey?.key,
});

async function send(plan: Plan): Promise<void> {
  process.send?.({ startedAtMs: nowMs() });
  for await (const batch of toBatches(plan)) {
    const entries = batch.map((data) => ({
      type: "output" as const,
      turn: 1,
      fields: { stream: "stdout", data, turn: 1 },
    }));
    await log.append({ sessionId, fence: { turn: 1, attempt: 1 }, entries });
  }
  await log.transact(sessionId, async ({ db, append }) => {
    await db.execute(`update sessions set status = 'completed', exit_code = 0 where id = '${sessionId}'`);
    await append([{ type: "exit", turn: null, fields: { code: 0 } }]);
  });
}
