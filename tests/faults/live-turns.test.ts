// 200 faults during live turns: connections reset at random bytes, and the server killed with SIGKILL and started again.
// [L1] [L2] [L3] [L4] [T1]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { Client, type SessionEvent } from "@aod/sdk";
import { expect, it, vi } from "vitest";
import { sandboxFolder } from "../support/sandbox-folder.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { faultSeed, seededRandom } from "./seeded-random.ts";

vi.setConfig({ testTimeout: 1_800_000 });

const kills = 40;
const cuts = 160;
const longSessions = 6;
/** Started before each kill, so that it comes while one is prepared, or begins, or ends. */
const shortSessions = 2;

/** Numbered lines on both streams while the condition holds; counts its own starts. */
const script = (condition: string): string => `echo started >> starts; i=0
while ${condition}; do i=$((i+1)); echo "line-$i é😀"; [ $((i % 7)) -ne 0 ] || echo "err-$i" >&2; sleep 0.05; done
echo "end $i"; cat starts`;
const untilStopped = script("[ ! -e stop ]");
const short = script("[ $i -lt 20 ]");

interface Followed {
  readonly id: string;
  readonly events: SessionEvent[];
  readonly verified: Promise<boolean>;
  /** Resolves when so many more events have come. */
  readonly more: (count: number) => Promise<void>;
}

it(`loses and repeats nothing in ${String(kills)} kills of the server and ${String(cuts)} cuts during live turns`, async () => {
  const seed = faultSeed();
  const random = seededRandom(seed);
  const started = performance.now();
  let isOver = false;
  await using server = await startServerProcess({ program: "aod-server", env: { AOD_LOG_LEVEL: "error" } });
  const connect = (baseUrl: string) => new Client({ baseUrl, token: server.token });
  await using proxy = await startCuttingProxy(server.url, () => (isOver ? Infinity : random(300, 6_000)));
  const agent = await connect(server.url).agents.create({ name: "live", runtime: "command", model: "command" });
  const reader = connect(proxy.url);
  const begin = async (count: number, prompt: string): Promise<Followed[]> => {
    const client = connect(server.url);
    const create = () => client.sessions.create({ agentId: agent.id, prompt, timeout: 3600 });
    return Promise.all(Array.from({ length: count }, async () => follow(reader, (await create()).id)));
  };
  const live = await begin(longSessions, untilStopped);
  const followed = [...live];

  for (let killed = 0; killed < kills; killed += 1) {
    // Every turn goes on between two kills, each by another number of lines.
    await Promise.all(live.map(({ more }) => more(random(1, 8))));
    followed.push(...(await begin(shortSessions, short)));
    await live[killed % longSessions]?.more(random(1, 15));
    await server.kill();
    proxy.setTarget(null);
    await server.restart();
    proxy.setTarget(server.url);
  }
  while (proxy.cuts() < cuts) await live[0]?.more(1);
  isOver = true;
  for (const { id } of live) writeFileSync(join(sandboxFolder(server, id), "workspace", "stop"), "");

  let events = 0;
  for (const session of followed) {
    await expectWhole(session, seed);
    await expectReplay(server, session);
    events += session.events.length;
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const figures = { suite: "live turns", seed, cuts: proxy.cuts(), kills, sessions: followed.length, events };
  process.stdout.write(`faults ${JSON.stringify({ ...figures, lost: 0, duplicated: 0, seconds })}\n`);
});

function follow(client: Client, id: string): Followed {
  const events: SessionEvent[] = [];
  let onEvent = (): void => undefined;
  const read = async (): Promise<boolean> => {
    const stream = client.sessions.stream(id, { maxRetries: 1_000, maxDelayMs: 200 });
    for await (const event of stream) {
      events.push(event);
      onEvent();
    }
    return stream.verified;
  };
  const verified = read();
  const more = async (count: number): Promise<void> => {
    const tooEarly = verified.then(() => Promise.reject(new Error(`Session ${id} has ended too early`)));
    tooEarly.catch(() => undefined);
    const wanted = events.length + count;
    while (events.length < wanted) await Promise.race([tooEarly, new Promise<void>((resolve) => (onEvent = resolve))]);
  };
  return { id, events, verified, more };
}

async function expectWhole({ id, events, verified }: Followed, seed: number): Promise<void> {
  const hint = `session ${id}, seed ${String(seed)}`;
  expect(await verified, hint).toBe(true);
  const ids = events.flatMap((event) => (event.type !== "turn_start" && "id" in event ? [event.id] : []));
  expect(ids, hint).toEqual(ids.map((_, index) => index + 1));
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
