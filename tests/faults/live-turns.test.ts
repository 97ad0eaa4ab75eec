// 200 faults during live turns: connections reset at random bytes, and the server killed with SIGKILL and started again.
// [L1] [L2] [L3] [L4] [T1]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Client, type SessionEvent } from "@aod/sdk";
import { expect, it, vi } from "vitest";
import { sandboxFolder } from "../support/sandbox-folder.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { faultSeed, seededRandom } from "./seeded-random.ts";

vi.setConfig({ testTimeout: 240_000 });

const faults = 200;
const kills = 8;
const liveSessions = 6;

// Numbered lines on both streams until it is told to stop; counts its own starts.
const script = `echo started >> starts; i=0
while [ ! -e stop ]; do i=$((i+1)); echo "line-$i é😀"; [ $((i % 7)) -ne 0 ] || echo "err-$i" >&2; sleep 0.05; done
echo "end $i"; cat starts`;

interface Followed {
  readonly id: string;
  readonly events: SessionEvent[];
  readonly verified: boolean;
}

it("loses and repeats nothing in 200 cuts and kills during live turns", async () => {
  const seed = faultSeed();
  const random = seededRandom(seed);
  const started = performance.now();
  let isOver = false;
  await using server = await startServerProcess({ env: { AOD_LOG_LEVEL: "error" } });
  const direct = new Client({ baseUrl: server.url, token: server.token });
  await using proxy = await startCuttingProxy(server.url, () => (isOver ? Infinity : random(300, 6_000)));
  const agent = await direct.agents.create({ name: "live", runtime: "command", model: "command" });
  const ids = await Promise.all(
    Array.from({ length: liveSessions }, async () => {
      return (await direct.sessions.create({ agentId: agent.id, prompt: script, timeout: 600 })).id;
    }),
  );
  const reader = new Client({ baseUrl: proxy.url, token: server.token });
  const followed = ids.map((id) => follow(reader, id));

  let killed = 0;
  while (proxy.cuts() + killed < faults) {
    const due = Math.floor(((proxy.cuts() + killed) * kills) / faults);
    if (killed < due) {
      await delay(random(0, 150));
      await server.kill();
      killed += 1;
      proxy.setTarget(null);
      await server.restart();
      proxy.setTarget(server.url);
    }
    await delay(20);
  }
  isOver = true;
  for (const id of ids) writeFileSync(join(sandboxFolder(server, id), "workspace", "stop"), "");

  let events = 0;
  for (const session of await Promise.all(followed)) {
    expectWhole(session, seed);
    await expectReplay(server, session);
    events += session.events.length;
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const figures = { suite: "live turns", seed, cuts: proxy.cuts(), kills: killed, sessions: liveSessions, events };
  process.stdout.write(`faults ${JSON.stringify({ ...figures, lost: 0, duplicated: 0, seconds })}\n`);
  expect(proxy.cuts() + killed).toBeGreaterThanOrEqual(faults);
});

async function follow(client: Client, id: string): Promise<Followed> {
  const stream = client.sessions.stream(id, { maxRetries: 1_000 });
  const events: SessionEvent[] = [];
  for await (const event of stream) events.push(event);
  return { id, events, verified: stream.verified };
}

function expectWhole({ id, events, verified }: Followed, seed: number): void {
  const hint = `session ${id}, seed ${String(seed)}`;
  const ids = events.flatMap((event) => (event.type !== "turn_start" && "id" in event ? [event.id] : []));
  expect(ids, hint).toEqual(ids.map((_, index) => index + 1));
  expect(verified, hint).toBe(true);
  expect(events.at(-1), hint).toMatchObject({ type: "exit", code: 0 });
  const text = (name: string): string =>
    events.map((event) => (event.type === "output" && event.stream === name ? event.data : "")).join("");
  const lines = text("stdout").split("\n").slice(0, -1);
  const count = lines.length - 2;
  const expected = Array.from({ length: count }, (_, index) => `line-${String(index + 1)} é😀`);
  // The program ran once.
  expect(lines, hint).toEqual([...expected, `end ${String(count)}`, "started"]);
  const errors = Array.from({ length: Math.floor(count / 7) }, (_, index) => `err-${String((index + 1) * 7)}\n`);
  expect(text("stderr"), hint).toBe(errors.join(""));
}

/** The digest that was streamed is that of what is stored, computed without our code. */
async function expectReplay(server: ServerProcess, { id, events }: Followed): Promise<void> {
  const headers = { authorization: `Bearer ${server.token}` };
  const lines = (await (await fetch(`${server.url}/sessions/${id}/stream`, { headers })).text()).split("\n");
  const logged = lines.flatMap((line, index) => (lines[index - 1]?.startsWith("id: ") ? [line.slice(6)] : []));
  logged.pop();
  const digest = createHash("sha256")
    .update(logged.map((data) => `${data}\n`).join(""))
    .digest("hex");
  expect(events.at(-1)).toMatchObject({ digest, count: logged.length });
}
