import { afterAll, beforeAll, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../test/support/face-app.ts";
import { makeAgent, makeEnvironment, makeSession, must } from "../../test/support/face-steps.ts";
import { loadSessionWork } from "./session-work.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

test("a session is prepared by its environment as it was when the session was made", async () => {
  const first = { setup_script: "echo first", env_vars: { STEP: "first" }, packages: { npm: ["first"] } };
  const second = { setup_script: "echo second", env_vars: { STEP: "second" }, packages: { npm: ["second"] } };
  const environment = await makeEnvironment(face, first);
  const agent = await makeAgent(face, { environment_id: environment.id });
  const before = await makeSession(face, { agent_id: agent.id });
  await must(face, "PUT", `/environments/${environment.id}`, { body: { version: 1, ...second } });
  const after = await makeSession(face, { agent_id: agent.id });
  const provisionOf = async (id: string) => (await loadSessionWork(face.services, id))?.provision;
  expect(await provisionOf(before.id)).toMatchObject({
    setupScript: "echo first",
    envVars: { STEP: "first" },
    packages: { npm: ["first"] },
  });
  expect(await provisionOf(after.id)).toMatchObject({
    setupScript: "echo second",
    envVars: { STEP: "second" },
    packages: { npm: ["second"] },
  });
});
