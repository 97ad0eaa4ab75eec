import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agentEventSchema, storedAgentEventSchema } from "@aod/core";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { fieldErrors, makeSession, must, setSession } from "../../../test/support/face-steps.ts";
import { insertAgentEvents } from "../../store/agent-events.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

interface Page {
  readonly data: readonly { readonly position: number; readonly type: string; readonly text?: string }[];
  readonly has_more: boolean;
}

const message = (text: string) => JSON.stringify({ type: "message", role: "assistant", text, delta: false });
const read = async (id: string, query = "", turn = 1) =>
  (await must(face, "GET", `/sessions/${id}/turns/${turn}/events${query}`)) as unknown as Page;

async function sessionWith(events: readonly string[]): Promise<string> {
  const { id } = await makeSession(face);
  await setSession(face, id, "running");
  const entries = events.map((data, index) => ({ position: index + 1, data }));
  await insertAgentEvents(face.services.store.db, { sessionId: id, turn: 1 }, entries);
  return id;
}

describe("GET turn events", () => {
  test("answers what the agent did, in order, each with its position", async () => {
    const id = await sessionWith([message("eins \u2028 é 😀"), `{"type":"result","verdict":"success"}`]);
    const page = await read(id);
    expect(page).toEqual({
      data: [
        { position: 1, type: "message", role: "assistant", text: "eins \u2028 é 😀", delta: false },
        { position: 2, type: "result", verdict: "success" },
      ],
      has_more: false,
    });
    for (const event of page.data) {
      expect(storedAgentEventSchema.parse(event)).toEqual(event);
      expect(agentEventSchema.safeParse(event).success).toBe(true);
    }
  });

  test("comes in pages", async () => {
    const id = await sessionWith(Array.from({ length: 250 }, (_, index) => message(String(index + 1))));
    expect((await read(id)).data).toHaveLength(100);
    const seen: number[] = [];
    for (let after = 0, more = true; more;) {
      const page = await read(id, `?after=${after}&limit=120`);
      seen.push(...page.data.map(({ position }) => position));
      after = seen.at(-1) ?? 0;
      more = page.has_more;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(await read(id, "?after=250")).toEqual({ data: [], has_more: false });
    expect((await read(id, "?after=130&limit=120")).has_more).toBe(false);
  });

  test("keeps pages of huge events small, and never empty", async () => {
    const huge = message("x".repeat(3 * 1024 * 1024));
    const id = await sessionWith([huge, huge, huge, message("last")]);
    const first = await read(id);
    expect([first.data.length, first.has_more]).toEqual([2, true]);
    const second = await read(id, "?after=2");
    expect([second.data.map(({ position }) => position), second.has_more]).toEqual([[3, 4], false]);
  });

  test("is empty before the first event, and 404 for a turn that is not there", async () => {
    const id = await sessionWith([]);
    expect(await read(id)).toEqual({ data: [], has_more: false });
    const answer = await face.send("GET", `/sessions/${id}/turns/2/events`);
    expect([answer.status, answer.text]).toEqual([404, `{"detail":"Turn not found"}`]);
    for (const turn of ["0", "01", "x", "-1", "1e1", "1234567890"]) {
      expect((await face.send("GET", `/sessions/${id}/turns/${turn}/events`)).text).toBe(`{"detail":"Not found"}`);
    }
  });

  const wrong = [
    ["?after=-1", "greater_than_equal", "after"],
    ["?after=x", "int_parsing", "after"],
    ["?limit=0", "greater_than_equal", "limit"],
    ["?limit=1001", "less_than_equal", "limit"],
    ["?page=1", "extra_forbidden", "page"],
  ] as const;
  test.each(wrong)("refuses %s", async (query, type, name) => {
    const id = await sessionWith([]);
    const answer = await face.send("GET", `/sessions/${id}/turns/1/events${query}`);
    expect(answer.status).toBe(422);
    expect(fieldErrors(answer.body)).toMatchObject([{ type, loc: [name] }]);
  });

  test("survives a number beyond any position", async () => {
    const id = await sessionWith([message("x")]);
    expect(await read(id, "?after=99999999999")).toEqual({ data: [], has_more: false });
  });

  test("goes with its session", async () => {
    const id = await sessionWith([message("x")]);
    await setSession(face, id, "completed", 0);
    await must(face, "DELETE", `/sessions/${id}/delete`);
    const { rows } = await face.services.store.pool.query("select from agent_events where session_id = $1", [id]);
    expect(rows).toEqual([]);
  });
});
