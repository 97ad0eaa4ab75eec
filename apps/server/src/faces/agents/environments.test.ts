import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  makeAgent,
  makeEnvironment,
  makeSession,
  must,
  setSession,
  type Json,
} from "../../../test/support/face-steps.ts";
import { openVariables } from "../../operations/environment-variables.ts";
import { findEnvironment } from "../../store/environments.ts";
import { environments, environmentVersions } from "../../store/schema.ts";

let face: FaceApp;
beforeAll(async () => {
  face = await createFaceApp();
});
afterAll(() => face[Symbol.asyncDispose]());

const post = async (body: object) => face.send("POST", "/environments", { body });
const put = async (id: string, body: object) => face.send("PUT", `/environments/${id}`, { body });
const get = async (id: string) => must(face, "GET", `/environments/${id}`);
const versions = async (id: string) => (await must(face, "GET", `/environments/${id}/versions`))["data"] as Json[];

/** The variables that sessions of the environment get. */
async function variables(id: string): Promise<Record<string, string>> {
  const row = await findEnvironment(face.services.store.db, face.ownerId, id);
  if (row === null) throw new Error("no such environment");
  return openVariables(face.services.keyring, row);
}

describe("answers (4)", () => {
  test("an environment has its keys in order, and never its variables", async () => {
    const answer = await post({ name: "full", env_vars: { A: "s3cret" }, setup_script: "", packages: { pip: ["x"] } });
    const text = answer.text.replace(/"id":"[^"]+"/, '"id":"ID"').replace(/\d{4}-\d\d-\d\dT[\d:.]+\+00:00/g, "TIME");
    expect(text).toBe(
      '{"id":"ID","type":"environment","name":"full","packages":{"pip":["x"]},"setup_script":null,' +
        '"networking":{"type":"unrestricted"},"version":1,"created_at":"TIME","updated_at":"TIME","archived_at":null}',
    );
  });

  const networking = [
    [undefined, { type: "unrestricted" }],
    [{}, { type: "unrestricted" }],
    [{ type: "unrestricted", allowed_hosts: ["a"] }, { type: "unrestricted" }],
    [{ allowed_hosts: "not looked at" }, { type: "unrestricted" }],
    [{ type: "limited" }, { type: "limited" }],
    [
      { type: "limited", allowed_hosts: [] },
      { type: "limited", allowed_hosts: [] },
    ],
    [
      { type: "limited", allowed_hosts: ["pypi.org"], allow_package_managers: true },
      { type: "limited", allowed_hosts: ["pypi.org"], allow_package_managers: true },
    ],
  ] as const;
  test.each(networking)("networking %j is shown as %j", async (sent, shown) => {
    expect((await makeEnvironment(face, { networking: sent }))["networking"]).toEqual(shown);
  });

  test("variables are sealed at rest, for this environment only", async () => {
    const { id } = await makeEnvironment(face, { env_vars: { TOKEN: "s3cret", EMPTY: "" } });
    const { db } = face.services.store;
    const [row] = await db.select().from(environments).where(eq(environments.id, id));
    const [version] = await db.select().from(environmentVersions).where(eq(environmentVersions.environmentId, id));
    expect(JSON.stringify([row, version])).not.toContain("s3cret");
    expect(await variables(id)).toEqual({ TOKEN: "s3cret", EMPTY: "" });
    expect(() => face.services.keyring.open(row?.envVarsSealed ?? "", "environments:other:env_vars")).toThrow();
  });
});

describe("PUT (3.3, 7.1)", () => {
  test("variables are replaced whole, and an empty one is kept", async () => {
    const { id } = await makeEnvironment(face, { env_vars: { A: "1", B: "2" } });
    expect((await put(id, { version: 1, env_vars: { B: "", C: "3" } })).body).toMatchObject({ version: 2 });
    expect(await variables(id)).toEqual({ B: "", C: "3" });
    expect((await put(id, { version: 2, env_vars: {} })).body).toMatchObject({ version: 3 });
    expect(await variables(id)).toEqual({});
  });

  test("packages and networking are replaced whole, the script can be cleared", async () => {
    const { id } = await makeEnvironment(face, {
      packages: { pip: ["a"], npm: ["b"] },
      setup_script: "echo",
      networking: { type: "limited", allowed_hosts: ["a"] },
    });
    const { body } = await put(id, { version: 1, packages: { pip: ["c"] }, setup_script: "", networking: {} });
    expect(body).toMatchObject({ packages: { pip: ["c"] }, setup_script: null, networking: { type: "unrestricted" } });
    const [newest, oldest] = await versions(id);
    expect(newest).toMatchObject({ id, version: 2, packages: { pip: ["c"] } });
    expect(oldest).toMatchObject({ id, version: 1, setup_script: "echo", packages: { pip: ["a"], npm: ["b"] } });
    expect(oldest).not.toHaveProperty("updated_at");
    expect(oldest).not.toHaveProperty("archived_at");
  });

  const unchanged = [
    {},
    { name: null, packages: null, env_vars: null, setup_script: null, networking: null },
    { env_vars: { B: "2", A: "1" } },
    { setup_script: "echo" },
    { networking: { type: "unrestricted" } },
  ];
  test.each(unchanged)("%j changes nothing and keeps the version", async (body) => {
    const environment = await makeEnvironment(face, { env_vars: { A: "1", B: "2" }, setup_script: "echo" });
    const answer = await put(environment.id, { version: 1, ...body });
    expect([answer.status, answer.body]).toEqual([200, environment]);
    expect(await versions(environment.id)).toHaveLength(1);
  });

  test("a stale version is refused, also when two come at once", async () => {
    const { id } = await makeEnvironment(face);
    const stale = await put(id, { version: 3 });
    expect([stale.status, stale.text]).toEqual([409, `{"detail":"Version mismatch: expected 1, got 3"}`]);
    const answers = await Promise.all(["a", "b", "c"].map((script) => put(id, { version: 1, setup_script: script })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });
});

describe("names", () => {
  const taken = (name: string) => JSON.stringify({ detail: `An active environment named ${name} already exists` });

  test("are unique among the active ones of an owner", async () => {
    const first = await makeEnvironment(face, { name: "py" });
    const again = await post({ name: "py" });
    expect([again.status, again.text]).toEqual([409, taken("'py'")]);
    const other = await makeEnvironment(face);
    const renamed = await put(other.id, { version: 1, name: "py" });
    expect([renamed.status, renamed.text]).toEqual([409, taken("'py'")]);
    expect(await get(other.id)).toMatchObject({ version: 1 });

    const stranger = await face.addOwner();
    await makeEnvironment(face, { name: "py" }, stranger.key);
    await must(face, "POST", `/environments/${first.id}/archive`);
    expect((await post({ name: "py" })).status).toBe(201);
  });

  test("only one of several at once gets a name", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post({ name: "race" })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
  });
});

describe("archive and delete (7.2)", () => {
  test("archiving hides it, blocks changes and new use, and cannot be repeated", async () => {
    const environment = await makeEnvironment(face);
    const agent = await makeAgent(face, { environment_id: environment.id });
    const plain = await makeAgent(face);
    const { body } = await face.send("POST", `/environments/${environment.id}/archive`);
    expect(body).toMatchObject({ version: 1, archived_at: expect.stringMatching(/\+00:00$/) as string });
    expect(await get(environment.id)).toEqual(body);
    expect(await versions(environment.id)).toHaveLength(1);
    const list = (await must(face, "GET", "/environments"))["data"] as Json[];
    expect(list.map(({ id }) => id)).not.toContain(environment.id);

    const again = await face.send("POST", `/environments/${environment.id}/archive`);
    expect([again.status, again.text]).toEqual([409, `{"detail":"Environment is already archived"}`]);
    const change = await put(environment.id, { version: 1, setup_script: "x" });
    expect([change.status, change.text]).toEqual([409, `{"detail":"Cannot update an archived environment"}`]);
    const text = `{"detail":"Cannot create session with archived environment"}`;
    const byDefault = await face.send("POST", "/sessions", { body: { agent_id: agent.id, prompt: "" } });
    expect([byDefault.status, byDefault.text]).toEqual([409, text]);
    const chosen = { agent_id: plain.id, prompt: "", environment_id: environment.id };
    const answer = await face.send("POST", "/sessions", { body: chosen });
    expect([answer.status, answer.text]).toEqual([409, text]);
  });

  test("deleting takes the history and leaves the agents without it, their version unchanged", async () => {
    const environment = await makeEnvironment(face);
    const agent = await makeAgent(face, { environment_id: environment.id });
    const answer = await face.send("DELETE", `/environments/${environment.id}/delete`);
    expect([answer.status, answer.text]).toEqual([200, `{"detail":"Environment deleted"}`]);
    expect((await face.send("GET", `/environments/${environment.id}/versions`)).status).toBe(404);
    expect(await must(face, "GET", `/agents/${agent.id}`)).toMatchObject({ environment_id: null, version: 1 });
    const history = (await must(face, "GET", `/agents/${agent.id}/versions`))["data"];
    expect(history).toMatchObject([{ environment_id: environment.id, version: 1 }]);
  });

  test("is refused while a session refers to it", async () => {
    const environment = await makeEnvironment(face);
    const session = await makeSession(face, { environment_id: environment.id });
    await setSession(face, session.id, "completed", 0);
    const refused = await face.send("DELETE", `/environments/${environment.id}/delete`);
    expect([refused.status, refused.text]).toEqual([
      409,
      `{"detail":"Cannot delete environment with existing sessions"}`,
    ]);
    await must(face, "DELETE", `/sessions/${session.id}/delete`);
    await must(face, "DELETE", `/environments/${environment.id}/delete`);
  });
});
