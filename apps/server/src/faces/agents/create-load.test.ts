import { eq } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { createFaceApp } from "../../../test/support/face-app.ts";
import { makeAgent, must } from "../../../test/support/face-steps.ts";
import { owners } from "../../store/schema.ts";

test("creates of one owner that wait for each other leave the database to everybody else", async () => {
  const face = await createFaceApp();
  onTestFinished(() => face[Symbol.asyncDispose]());
  const { store } = face.services;
  const agent_id = (await makeAgent(face)).id;
  const locked = Promise.withResolvers<undefined>();
  const release = Promise.withResolvers<undefined>();
  const holding = store.db.transaction(async (db) => {
    await db.select().from(owners).where(eq(owners.id, face.ownerId)).for("no key update");
    locked.resolve(undefined);
    await release.promise;
  });
  await locked.promise;
  const created = Array.from({ length: 40 }, () => face.send("POST", "/sessions", { body: { agent_id, prompt: "x" } }));
  await expect.poll(() => store.pool.totalCount - store.pool.idleCount).toBeGreaterThan(1);
  const other = await face.addOwner();
  await must(face, "GET", "/agents", { key: other.key });
  release.resolve(undefined);
  await holding;
  expect(new Set((await Promise.all(created)).map(({ status }) => status))).toEqual(new Set([202]));
});
