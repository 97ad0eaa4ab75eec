import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import { makeSession, setSession } from "../../../test/support/face-steps.ts";
import { turns } from "../../store/schema.ts";
import { eq } from "drizzle-orm";

let face: FaceApp;
let id = "";
beforeAll(async () => {
  face = await createFaceApp({ env: { corsOrigins: ["https://app.example"] } });
  id = (await makeSession(face)).id;
  await setSession(face, id, "running");
  const { db } = face.services.store;
  await db.update(turns).set({ attempt: 1 }).where(eq(turns.sessionId, id));
  const line = (data: string) => ({
    type: "output" as const,
    turn: 1,
    fields: { stream: "stdout", data, turn: 1 },
  });
  await face.services.log.append({
    sessionId: id,
    fence: { turn: 1, attempt: 1 },
    entries: [line("one"), line("two")],
  });
  await face.services.log.transact(id, ({ append }) => append([{ type: "exit", turn: null, fields: { code: 0 } }]));
  await setSession(face, id, "completed", 0);
});
afterAll(() => face[Symbol.asyncDispose]());

const open = (query = "", headers: Record<string, string> = {}) =>
  face.send("GET", `/sessions/${id}/stream${query}`, { headers });
/** What was sent: the ids of frames that have an `id:` line. */
const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));

test("is an event stream that no proxy may hold back, with the request's id", async () => {
  const answer = await open("", { origin: "https://app.example" });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "access-control-allow-origin": "https://app.example",
  });
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.text).toMatch(
    new RegExp(`^data: {"type":"start","runtime":"claude","provider":"anthropic","session_id":"${id}"}\n\n`),
  );
  expect(ids(answer.text)).toEqual([1, 2, 3]);
});

describe("the cursor", () => {
  const cursors = [
    ["?since=0", {}, [1, 2, 3]],
    ["?since=1", {}, [2, 3]],
    ["?since=2", {}, [3]],
    ["?since=3", {}, [3]],
    ["?since=99", {}, [3]],
    ["?since=99999999999999999999", {}, [3]],
    ["?since=-5", {}, [1, 2, 3]],
    ["?since=%20%2B1%20", {}, [2, 3]],
    ["?since=+1", {}, [2, 3]],
    ["?since=0_1", {}, [2, 3]],
    ["?since=0&since=1", {}, [2, 3]],
    ["", { "last-event-id": "1" }, [2, 3]],
    ["?since=0", { "last-event-id": "2" }, [3]],
    ["?since=1", { "last-event-id": "" }, [2, 3]],
    ["?since=x", { "last-event-id": "2" }, [3]],
  ] as const;
  test.each(cursors)("%s with %j sends %j", async (query, headers, expected) => {
    expect(ids((await open(query, headers)).text)).toEqual(expected);
  });

  const refused = [
    ["?since=", {}],
    ["?since=x", {}],
    ["?since=1.5", {}],
    ["?since=1e3", {}],
    ["?since=0x1", {}],
    ["?since=--1", {}],
    ["?since=1__0", {}],
    ["?since=_1", {}],
    ["", { "last-event-id": "x" }],
    ["?since=1", { "last-event-id": "x" }],
  ] as const;
  test.each(refused)("%s with %j is refused", async (query, headers) => {
    const answer = await open(query, headers);
    expect([answer.status, answer.text]).toEqual([400, `{"detail":"since must be an integer"}`]);
  });
});

describe("follow", () => {
  test("is a yes or a no", async () => {
    expect((await open("?follow=false")).text).toBe((await open()).text);
    expect((await open("?follow=true")).text).toBe((await open()).text);
    const answer = await open("?follow=0");
    expect([answer.status, answer.text]).toEqual([400, `{"detail":"follow must be true or false"}`]);
  });

  test("as a no ends the stream of a session that goes on", async () => {
    const running = (await makeSession(face)).id;
    await setSession(face, running, "running");
    const answer = await face.send("GET", `/sessions/${running}/stream?follow=false`);
    expect(answer.text).toMatch(/^data: {"type":"start",.*}\n\n: end of what is stored\n\n$/);
  });
});
