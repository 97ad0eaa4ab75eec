import { expect, test } from "vitest";
import { answers, env, events, id, other, session, start } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

test("waits for all sessions and ends with 1 when one did not complete", async () => {
  const failed = { ...session, id: other, status: "failed", exit_code: 3 };
  await using server = await startScriptedServer({
    "GET /sessions": { json: { data: [session, failed] } },
    ...answers,
    [`GET /sessions/${other}`]: { json: failed },
    [`GET /sessions/${other}/stream`]: { events: [start, { type: "exit", id: 1, code: 3 }] },
  });
  const both = await runCommand(["wait", id, other, "--json"], { env: env(server.url) });
  expect(both.code).toBe(1);
  expect(JSON.parse(both.stdout)).toEqual({ data: [session, failed] });
  server.seen.length = 0;
  expect((await runCommand(["wait", id], { env: env(server.url) })).code).toBe(0);
  // Of what is over no log is read.
  expect(server.seen.map(({ path }) => path)).toEqual([`/sessions/${id}`]);
});

test("goes on from the last event after a quiet time", async () => {
  const running = { ...session, status: "running" };
  const stale = { type: "stale", id: 4, message: "No output for 600s" };
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: [{ json: running }, { json: session }],
    [`GET /sessions/${id}/stream`]: [
      { events: [...events.slice(0, 6), stale] },
      { events: [start, ...events.slice(6)] },
    ],
  });
  expect((await runCommand(["wait", id], { env: env(server.url) })).code).toBe(0);
  expect(server.seen.map(({ path }) => path)).toEqual([
    `/sessions/${id}`,
    `/sessions/${id}/stream`,
    `/sessions/${id}/stream?since=4`,
    `/sessions/${id}`,
  ]);
});
