import { createDecoder } from "@aod/pretty/decode";
import { and, asc, eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import {
  installStandIn,
  outputOf,
  promptTestSession,
  release,
  startTestSession,
  untilReleased,
  waitForEnd,
  waitForEvents,
} from "../../test/support/turn-services.ts";
import { setUpTurnTest } from "../../test/support/turn-test.ts";
import { readUsageBefore } from "../store/agent-events.ts";
import { agentEvents, turns } from "../store/schema.ts";

const test = setUpTurnTest();

beforeAll(() => installStandIn(test.services));

const init = { type: "system", subtype: "init", session_id: "s", model: "claude-x", cwd: "/w", tools: ["Bash"] };
const assistant = (id: string, block: object) => ({
  type: "assistant",
  session_id: "s",
  parent_tool_use_id: null,
  message: { id, role: "assistant", model: "claude-x", content: [block] },
});
const call = (id: string, name = "Bash") => assistant("m1", { type: "tool_use", id, name, input: { command: "ls" } });
const answer = (id: string) => ({
  type: "user",
  session_id: "s",
  parent_tool_use_id: null,
  message: { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "a\nb" }] },
});
const result = {
  type: "result",
  subtype: "success",
  is_error: false,
  session_id: "s",
  num_turns: 2,
  result: "Done é😀.",
  model_usage_since_last_result: { "claude-x": { inputTokens: 10, outputTokens: 20, costUSD: 0.25 } },
};
/** A script that prints these lines of JSON. */
const print = (...lines: object[]) =>
  lines.map((line) => `printf '%s\\n' '${JSON.stringify(line).replaceAll("'", "")}'`).join("\n");

const storedEvents = (sessionId: string) =>
  test.store.db
    .select({ turn: agentEvents.turn, position: agentEvents.position, data: agentEvents.data })
    .from(agentEvents)
    .where(eq(agentEvents.sessionId, sessionId))
    .orderBy(asc(agentEvents.turn), asc(agentEvents.position));
const turnRows = (sessionId: string) =>
  test.store.db.select().from(turns).where(eq(turns.sessionId, sessionId)).orderBy(asc(turns.turn));
const typesOf = async (sessionId: string, turn = 1) =>
  (await storedEvents(sessionId))
    .filter((event) => event.turn === turn)
    .map(({ data }) => (JSON.parse(data) as { type: string }).type);

/** What the same output decodes to in one piece. */
function decodedAtOnce(output: string, exitCode: number): string[] {
  const decoder = createDecoder("claude");
  return [...decoder.write(output), ...decoder.end({ exitCode })].map((event) => JSON.stringify(event));
}

describe("agent events of a turn", () => {
  it("are stored beside its output, and say on the turn what it came to", async () => {
    await test.startProcess();
    const prompt = print(init, call("t1"), answer("t1"), call("t2", "Write"), answer("t2"), call("t3"), result);
    const id = await startTestSession(test.services, { ownerId: test.ownerId, runtime: "claude", prompt });
    const output = outputOf(await waitForEnd(test.services, id));
    const stored = await storedEvents(id);
    expect(stored.map(({ data }) => data)).toEqual(decodedAtOnce(output, 0));
    expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => index + 1));
    expect(await turnRows(id)).toMatchObject([
      {
        status: "completed",
        verdict: "success",
        resultText: "Done é😀.",
        model: "claude-x",
        costUsd: 0.25,
        toolCalls: 3,
        usage: { input_tokens: 10, output_tokens: 20, cost_usd: 0.25 },
        tools: [
          { name: "Bash", calls: 2 },
          { name: "Write", calls: 1 },
        ],
      },
    ]);
  });

  it("are neither lost nor doubled when workers are killed again and again in mid-turn", async () => {
    const loop = `for i in $(seq 1 250); do
      printf '{"type":"assistant","session_id":"s","parent_tool_use_id":null,"message":{"id":"m'$i'","role":"assistant",'
      sleep 0.005
      printf '"content":[{"type":"tool_use","id":"t'$i'","name":"Bash","input":{}}]}}\\nno json é😀 '$i'\\n'; echo err-$i >&2
      # It never gets as far as the next kill without the next worker.
      case $i in 50 | 120 | 200) ${untilReleased("go-$i")};; esac
    done`;
    const prompt = `${print(init)}\n${loop}\n${print(result)}`;
    const id = await startTestSession(test.services, { ownerId: test.ownerId, runtime: "claude", prompt });
    for (const killAt of [20, 90, 170]) {
      const worker = await test.startProcess();
      await waitForEvents(test.services, id, (events) => outputOf(events).includes(`"t${String(killAt)}"`));
      await worker.end("SIGKILL");
      await release(test.services, id, `go-${String(killAt + 30)}`);
    }
    await test.startProcess();
    const events = await waitForEnd(test.services, id);
    const decoder = createDecoder("claude");
    const expected = [
      ...events.flatMap((event) =>
        event.type === "output" ? decoder.write(String(event["data"]), event["stream"] as "stdout") : [],
      ),
      ...decoder.end({ exitCode: 0 }),
    ].map((event) => JSON.stringify(event));
    const stored = await storedEvents(id);
    expect(stored.map(({ data }) => data)).toEqual(expected);
    expect(stored.map(({ position }) => position)).toEqual(expected.map((_, index) => index + 1));
    const [turn] = await turnRows(id);
    expect(turn?.attempt).toBeGreaterThan(3);
    expect(turn).toMatchObject({ toolCalls: 250, tools: [{ name: "Bash", calls: 250 }], verdict: "success" });
  });

  it("are each turn's own", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, {
      ownerId: test.ownerId,
      runtime: "claude",
      prompt: print(init, result),
    });
    const { id: end = 0 } = (await waitForEnd(test.services, id)).at(-1) ?? {};
    await promptTestSession(test.services, id, 2, print(init, call("t1"), result));
    await waitForEnd(test.services, id, end);
    expect(await typesOf(id, 1)).toEqual(["session_start", "result"]);
    expect(await typesOf(id, 2)).toEqual(["session_start", "tool_call", "result"]);
    expect(await turnRows(id)).toMatchObject([{ toolCalls: 0 }, { toolCalls: 1 }]);
  });

  it("tell the next turn what the conversation has used, where a runtime says so", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, {
      ownerId: test.ownerId,
      runtime: "claude",
      prompt: print(init, result),
    });
    const { id: end = 0 } = (await waitForEnd(test.services, id)).at(-1) ?? {};
    await promptTestSession(test.services, id, 2, print(init, result));
    await waitForEnd(test.services, id, end);
    const usageBefore = (turn: number) => readUsageBefore(test.store.db, { sessionId: id, turn });
    expect(await usageBefore(3)).toEqual({});
    const usage = { input_tokens: 30 };
    await test.store.db
      .update(agentEvents)
      .set({ data: JSON.stringify({ type: "result", verdict: "success", thread_usage: usage }) })
      .where(and(eq(agentEvents.sessionId, id), eq(agentEvents.turn, 1), eq(agentEvents.position, 2)));
    expect(await Promise.all([1, 2, 3].map(usageBefore))).toEqual([{}, usage, usage]);
  });

  it("tell a failure that the exit code hides, and one that only the exit code tells", async () => {
    await test.startProcess();
    const error = { ...result, is_error: true, result: "API Error: 401" };
    const hidden = await startTestSession(test.services, {
      ownerId: test.ownerId,
      runtime: "claude",
      prompt: print(init, error),
    });
    await waitForEnd(test.services, hidden);
    expect(await turnRows(hidden)).toMatchObject([{ exitCode: 0, verdict: "failure" }]);
    const silent = await startTestSession(test.services, {
      ownerId: test.ownerId,
      runtime: "claude",
      prompt: "echo no key >&2; exit 3",
    });
    await waitForEnd(test.services, silent);
    expect(await turnRows(silent)).toMatchObject([{ exitCode: 3, verdict: "failure", resultText: null }]);
    expect(JSON.parse((await storedEvents(silent)).at(-1)?.data ?? "")).toMatchObject({ reason: "no key" });
  });

  it("call a turn that stopped by itself what they see, but only its owner's interrupt mends the session", async () => {
    await test.startProcess();
    const cut = {
      type: "user",
      message: { role: "user", content: [{ type: "text", text: "[Request interrupted by user]" }] },
    };
    const id = await startTestSession(test.services, {
      ownerId: test.ownerId,
      runtime: "claude",
      prompt: `${print(init, cut)}\nexit 1`,
    });
    await waitForEnd(test.services, id);
    expect(await turnRows(id)).toMatchObject([{ status: "failed", exitCode: 1, verdict: "interrupted" }]);
  });

  it("of a plain program are its result alone", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, prompt: "echo hello; exit 1" });
    await waitForEnd(test.services, id);
    expect(await typesOf(id)).toEqual(["result"]);
    expect(await turnRows(id)).toMatchObject([{ verdict: "failure", status: "failed", toolCalls: 0 }]);
  });

  it("say why a turn failed that was never started", async () => {
    await test.startProcess();
    const id = await startTestSession(test.services, { ownerId: test.ownerId, command: ["/does/not/exist"] });
    await waitForEnd(test.services, id);
    const [event] = await storedEvents(id);
    expect(JSON.parse(event?.data ?? "")).toMatchObject({ type: "result", verdict: "failure" });
  });
});
