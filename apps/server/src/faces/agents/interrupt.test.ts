import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { makeSession, must, setSession, unknownId, type Json } from "../../../test/support/face-steps.ts";
import { turns } from "../../store/schema.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

const get = (id: string) => must(face, "GET", `/sessions/${id}`);
const turnsOf = async (id: string) => (await must(face, "GET", `/sessions/${id}/turns`))["data"] as Json[];
const interrupt = (id: string) => face.send("POST", `/sessions/${id}/interrupt`);
const requestedAt = async (id: string) => {
  const rows = await face.services.store.db.select().from(turns).where(eq(turns.sessionId, id));
  return rows.map(({ interruptRequestedAt }) => interruptRequestedAt);
};

describe("POST interrupt (7.4)", () => {
  test("of a running turn answers its status at once, stores the request and tells the worker", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "running");
    const answer = await interrupt(id);
    expect([answer.status, answer.text]).toEqual([202, `{"id":"${id}","status":"running"}`]);
    expect(await requestedAt(id)).toEqual([expect.any(Date)]);
    expect(face.interrupted).toContainEqual({ sessionId: id, turn: 1 });
    // It ends when its worker says so.
    expect(await turnsOf(id)).toMatchObject([{ status: "running", verdict: null }]);
  });

  test("again changes nothing", async () => {
    const { id } = await makeSession(face);
    await setSession(face, id, "running");
    await interrupt(id);
    const first = await requestedAt(id);
    expect((await interrupt(id)).status).toBe(202);
    expect(await requestedAt(id)).toEqual(first);
  });

  test("of a waiting turn ends it at once, and the session takes the next prompt", async () => {
    const { id } = await makeSession(face);
    const answer = await interrupt(id);
    expect([answer.status, answer.text]).toEqual([202, `{"id":"${id}","status":"pending"}`]);
    expect(await get(id)).toMatchObject({ status: "completed", exit_code: 130 });
    expect(await turnsOf(id)).toMatchObject([
      { status: "completed", exit_code: 130, verdict: "interrupted", started_at: null },
    ]);
    const stream = await face.send("GET", `/sessions/${id}/stream`);
    expect(stream.text).toMatch(
      /id: 1\ndata: {"type":"exit","id":1,"code":130,"interrupted":true,"count":0,"digest":"/,
    );
    expect((await must(face, "GET", `/sessions/${id}/turns/1/events`))["data"]).toEqual([
      { position: 1, type: "result", verdict: "interrupted" },
    ]);
    // There is no sandbox to look for: the next turn is the one that makes it.
    face.sandboxesAvailable = false;
    const next = await face.send("POST", `/sessions/${id}/prompt`, { body: { prompt: "and now?" } });
    face.sandboxesAvailable = true;
    expect(next.status).toBe(202);
  });

  const refused = [
    ["completed", "Session has no active turn to interrupt"],
    ["terminated", "Session has been terminated"],
    ["failed", "Session has failed"],
  ] as const;
  test.each(refused)("of a %s session is refused: %s", async (status, text) => {
    const { id } = await makeSession(face);
    await setSession(face, id, status);
    const answer = await interrupt(id);
    expect([answer.status, answer.text]).toEqual([409, JSON.stringify({ detail: text })]);
    expect(await requestedAt(id)).toEqual([null]);
  });

  test("never shows as the status of a turn", async () => {
    const { id } = await makeSession(face);
    await interrupt(id);
    for (const turn of await turnsOf(id)) expect(turn["status"]).not.toBe("interrupted");
  });

  test("of several at once and a terminate, the terminate wins", async () => {
    const { id } = await makeSession(face);
    const [, , ended] = await Promise.all([
      interrupt(id),
      interrupt(id),
      face.send("POST", `/sessions/${id}/terminate`),
    ]);
    expect(ended.status).toBe(200);
    expect(await get(id)).toMatchObject({ status: "terminated" });
  });

  test("of a missing session is 404", async () => {
    expect((await interrupt(unknownId)).text).toBe(`{"detail":"Session not found"}`);
  });
});
