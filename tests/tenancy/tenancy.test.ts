import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addOwner, startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { callAs, successOf, type Caller } from "../support/api-caller.ts";

interface Row {
  readonly id: string;
}

/** What one owner has, by the first segment of its routes. */
type Belongings = Readonly<Record<"agents" | "environments" | "sessions" | "keys", string>>;

let server: ServerProcess;
const opened = new AsyncDisposableStack();
let alice: Caller;
let bob: Caller;
let hers: Belongings;
let his: Belongings;

beforeAll(async () => {
  server = opened.use(await startServerProcess());
  const key = await addOwner(server, "bob");
  alice = callAs(server.url, server.token);
  bob = callAs(server.url, key);
  hers = await furnish(alice);
  his = await furnish(bob);
});

afterAll(() => opened.disposeAsync());

const command = { name: "same name", model: "command", runtime: "command" };

/** One of everything, under names that both owners use. */
async function furnish(call: Caller): Promise<Belongings> {
  const make = async (path: string, body: unknown) => (successOf(await call("POST", path, { body })) as Row).id;
  const environments = await make("/environments", { name: "same name", env_vars: { WORD: "secret" } });
  const agents = await make("/agents", { ...command, environment_id: environments });
  const sessions = await make("/sessions", { agent_id: agents, prompt: "echo $WORD" });
  await call("GET", `/sessions/${sessions}/stream`);
  return { agents, environments, sessions, keys: await make("/keys", { name: "same name" }) };
}

/** A body that is right for every route that takes one. */
const validBody = { name: "mine now", version: 1, prompt: "echo mine" };

const routes = async () => {
  const { paths } = successOf(await alice("GET", "/openapi.json")) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })),
  );
};

describe("two owners of one server", () => {
  test("no route with an id tells another owner's row from a missing one [S2]", async () => {
    const withId = (await routes()).filter(({ path }) => path.includes("{id}"));
    expect(withId.length).toBeGreaterThanOrEqual(15);
    for (const { method, path } of withId) {
      const resource = path.split("/")[1] as keyof Belongings;
      const ask = (id: string) =>
        bob(
          method,
          path.replace("{id}", id).replace("{turn}", "1"),
          method === "GET" || method === "DELETE" ? {} : { body: validBody },
        );
      const stranger = await ask(hers[resource]);
      expect({ method, path, status: stranger.status }).toEqual({ method, path, status: 404 });
      expect(stranger).toEqual(await ask(randomUUID()));
    }
  });

  test("no list shows another owner's rows [S2]", async () => {
    const lists = (await routes()).filter(({ method, path }) => method === "GET" && /^\/\w+$/.test(path));
    const listed = lists.filter(({ path }) => path.slice(1) in hers);
    expect(listed.length).toBe(Object.keys(hers).length);
    for (const { path } of listed) {
      const resource = path.slice(1) as keyof Belongings;
      const ids = (successOf(await bob("GET", path)) as { data: Row[] }).data.map(({ id }) => id);
      expect(ids).toContain(his[resource]);
      expect(ids).not.toContain(hers[resource]);
    }
  });

  test("an id in a body opens nothing of another owner [S2]", async () => {
    const bodies = [
      ["POST", "/agents", (ids: Belongings) => ({ ...command, environment_id: ids.environments })],
      ["PUT", `/agents/${his.agents}`, (ids: Belongings) => ({ version: 1, environment_id: ids.environments })],
      ["POST", "/sessions", (ids: Belongings) => ({ agent_id: ids.agents, prompt: "echo $WORD" })],
      [
        "POST",
        "/sessions",
        (ids: Belongings) => ({ agent_id: his.agents, prompt: "echo $WORD", environment_id: ids.environments }),
      ],
    ] as const;
    const missing = { agents: randomUUID(), environments: randomUUID(), sessions: "", keys: "" };
    for (const [method, path, body] of bodies) {
      const stranger = await bob(method, path, { body: body(hers) });
      expect({ method, path, status: stranger.status }).toEqual({ method, path, status: 404 });
      expect(stranger).toEqual(await bob(method, path, { body: body(missing) }));
    }
  });

  test("a name or an Idempotency-Key of another owner is free [S2]", async () => {
    const headers = { "idempotency-key": "the-same-key" };
    const first = successOf(await alice("POST", "/agents", { body: command, headers })) as Row;
    const other = successOf(await bob("POST", "/agents", { body: command, headers })) as Row;
    expect(other.id).not.toBe(first.id);
    expect((successOf(await bob("POST", "/agents", { body: command, headers })) as Row).id).toBe(other.id);
    // `furnish` has made an environment of one name for both.
    expect(hers.environments).not.toBe(his.environments);
  });

  test("nothing that was tried has changed anything [S2]", async () => {
    const agent = successOf(await alice("GET", `/agents/${hers.agents}`)) as {
      name: string;
      version: number;
      archived_at: string | null;
    };
    expect(agent).toMatchObject({ name: "same name", version: 1, archived_at: null });
    const environment = successOf(await alice("GET", `/environments/${hers.environments}`)) as object;
    expect(environment).toMatchObject({ name: "same name", version: 1, archived_at: null });
    const session = successOf(await alice("GET", `/sessions/${hers.sessions}`)) as object;
    expect(session).toMatchObject({ status: "completed", turn_count: 1 });
    const stream = await alice("GET", `/sessions/${hers.sessions}/stream`);
    expect(stream.body).toContain(`"data":"secret\\n"`);
    const keys = (successOf(await alice("GET", "/keys")) as { data: Row[] }).data;
    expect(keys.map(({ id }) => id)).toContain(hers.keys);
  });

  test("a key opens nothing of its owner after it was revoked", async () => {
    const { id, key } = successOf(await bob("POST", "/keys", { body: { name: "brief" } })) as {
      id: string;
      key: string;
    };
    expect((await callAs(server.url, key)("GET", "/agents")).status).toBe(200);
    expect((await bob("DELETE", `/keys/${id}`)).status).toBe(200);
    expect((await callAs(server.url, key)("GET", "/agents")).status).toBe(401);
  });
});
