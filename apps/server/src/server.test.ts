import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTestStore } from "../test/support/database.ts";
import { startIssuer } from "../test/support/issuer.ts";
import { openRawStream } from "../test/support/raw-stream.ts";
import { createRunningSession } from "../test/support/sessions.ts";
import { createApiKey } from "./auth/api-keys.ts";
import { ensureFirstOwner } from "./auth/owners.ts";
import { runCommandLine } from "./command-line.ts";
import { readEnv } from "./env.ts";
import type { ServerEnv } from "./env.ts";
import { startServer } from "./server.ts";
import type { Store } from "./store/store.ts";

interface Place {
  readonly store: Store;
  readonly variables: Record<string, string>;
  readonly env: ServerEnv;
  readonly credentials: string;
}

async function createPlace(more: Record<string, string> = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "aod-server-"));
  const store = await createTestStore();
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const variables = {
    AOD_PORT: "0",
    AOD_LOG_LEVEL: "silent",
    AOD_DATA_DIR: join(folder, "data"),
    AOD_CONFIG_DIR: join(folder, "config"),
    AOD_CACHE_DIR: join(folder, "cache"),
    AOD_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
    DATABASE_URL: store.connectionString,
    ...more,
  };
  return { store, variables, env: readEnv(variables), credentials: join(folder, "config/credentials.json") };
}

async function start(env: ServerEnv) {
  const server = await startServer(env);
  onTestFinished(() => server.close());
  return { ...server, url: server.url ?? "" };
}

test("shows its first key once, saves it where only its user can read it, and keeps the address right later", async () => {
  const { env, credentials } = await createPlace();
  const first = await start(env);
  expect(first).toMatchObject({
    driver: null,
    role: "all",
    database: "DATABASE_URL",
    firstKey: { savedIn: credentials },
  });
  const key = first.firstKey?.key ?? "";
  expect((await stat(credentials)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(credentials, "utf8"))).toEqual({
    profiles: { default: { url: first.url, token: key } },
  });
  const answer = await fetch(`${first.url}/agents`, { headers: { authorization: `Bearer ${key}` } });
  expect([answer.status, await answer.json()]).toEqual([200, { data: [] }]);
  expect(answer.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  await first.close();
  await first.close();

  const second = await start(env);
  expect(second.firstKey).toBeNull();
  expect(JSON.parse(await readFile(credentials, "utf8"))).toEqual({
    profiles: { default: { url: second.url, token: key } },
  });
});

test("keeps the key of another server that was saved before", async () => {
  const { env, credentials } = await createPlace();
  const earlier = { url: "https://aod.example", token: "aod_earlier" };
  await startServer({ ...env, role: "worker" }).then((server) => server.close());
  await mkdir(env.configDir);
  await writeFile(credentials, JSON.stringify({ profiles: { default: earlier } }));
  const server = await start(env);
  expect(JSON.parse(await readFile(credentials, "utf8"))).toEqual({
    profiles: { "aod.example": earlier, default: { url: server.url, token: server.firstKey?.key } },
  });
});

test("still shows the key when it cannot be saved", async () => {
  const { env } = await createPlace();
  await writeFile(env.configDir, "a file where a folder should be");
  expect((await start(env)).firstKey).toMatchObject({ key: expect.stringMatching(/^aod_/) as string, savedIn: null });
});

test("says that the port is in use, and leaves nothing open", async () => {
  const { env, store, credentials } = await createPlace();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  await expect(startServer({ ...env, port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use. Stop what listens there, or choose another with --port or AOD_PORT.`,
  );
  // No key was made that nobody will ever see.
  expect((await store.pool.query("select from api_keys")).rowCount).toBe(0);
  await expect(readFile(credentials)).rejects.toThrow("ENOENT");
  const open = async () => {
    const { rowCount } = await store.pool.query(
      "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name in ('aod listen', 'aod watch')",
    );
    return rowCount;
  };
  await expect.poll(open).toBe(0);
});

test("refuses to start with another key than the one that the database was sealed under", async () => {
  const { env } = await createPlace();
  const server = await start(env);
  const key = server.firstKey?.key ?? "";
  const made = await fetch(`${server.url}/environments`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ name: "e", env_vars: { TOKEN: "s3cret" } }),
  });
  expect(made.status).toBe(201);
  await server.close();
  const other = Buffer.alloc(32, 2).toString("base64");
  await expect(startServer({ ...env, encryptionKey: other })).rejects.toThrow(
    /secrets in the database are sealed under the key/,
  );
});

test("ends its streams when it closes", async () => {
  const { env, store } = await createPlace();
  const server = await start(env);
  const { sessionId, ownerId } = await createRunningSession(store);
  const { key } = await createApiKey(store.db, { ownerId, name: "k" });
  const stream = await openRawStream(`${server.url}/sessions/${sessionId}/stream`, { authorization: `Bearer ${key}` });
  await stream.until(`"start"`);
  await server.close();
  expect(await stream.ended).not.toMatch(/"exit"|"error"|"stale"/);
});

test("says that its database is gone, and recovers when it is back", async () => {
  const { env } = await createPlace();
  const { DATABASE_URL: _, ...place } = (await createPlace()).variables;
  const server = await start(readEnv({ ...place, AOD_LOG_LEVEL: env.logLevel }));
  expect(server.database).toBe("embedded");
  const health = async () => {
    const answer = await fetch(`${server.url}/health`);
    return [answer.status, await answer.json()];
  };
  const up = [200, { status: "ok", checks: { database: "ok", encryption: "ok", storage: "ok" }, driver: null }];
  await expect.poll(health).toEqual(up);
  const cluster = join(place["AOD_DATA_DIR"] ?? "", "postgres");
  const pid = Number((await readFile(join(cluster, "postmaster.pid"), "utf8")).split("\n")[0]);
  await rename(cluster, `${cluster}.away`);
  process.kill(pid, "SIGKILL");
  const down = [
    503,
    { status: "failed", checks: { database: "failed", encryption: "ok", storage: "ok" }, driver: null },
  ];
  await expect.poll(health).toEqual(down);
  // It waits for its data, and never makes an empty database in their place.
  await rename(`${cluster}.away`, cluster);
  await expect.poll(health).toEqual(up);
});

function capture(variables: Record<string, string>, stop: Promise<unknown> = Promise.resolve()) {
  let [out, error] = ["", ""];
  const terminal = {
    env: variables,
    stop,
    out: (text: string) => void (out += text),
    error: (text: string) => void (error += text),
  };
  return { terminal, out: () => out, error: () => error };
}

test("prints one ready line for programs, and says what a person has to know", async () => {
  const { variables } = await createPlace();
  const machine = capture(variables);
  expect(await runCommandLine(["--json", "--driver", "local", "--port=0"], machine.terminal)).toBe(0);
  const lines = machine
    .out()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    {
      event: "owner_created",
      owner: "default",
      key: expect.stringMatching(/^aod_[\w-]{43}$/) as string,
      savedIn: expect.any(String) as string,
    },
    {
      event: "ready",
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      role: "all",
      driver: "local",
      database: "DATABASE_URL",
      pid: process.pid,
    },
  ]);
  const person = capture(variables);
  expect(await runCommandLine(["--port=0"], person.terminal)).toBe(0);
  expect(person.out()).toMatch(
    /^Agent on Demand is ready at http:\/\/127\.0\.0\.1:\d+\n {2}No driver: new sessions are refused\./,
  );
});

test("makes further owners, once each", async () => {
  const { variables } = await createPlace();
  const made = capture(variables);
  expect(await runCommandLine(["owners", "create", "ada"], made.terminal)).toBe(0);
  expect(made.out()).toMatch(/^API key of the owner "ada", shown only now: aod_[\w-]{43}\n$/);
  const again = capture(variables);
  expect(await runCommandLine(["owners", "create", "ada"], again.terminal)).toBe(1);
  expect(again.error()).toBe('There is already an owner named "ada".\n');
});

test("a lost key is replaced without any other key", async () => {
  const { env, variables } = await createPlace();
  const server = await start(env);
  const made = capture(variables);
  expect(await runCommandLine(["keys", "create", "default", "--name", "spare", "--json"], made.terminal)).toBe(0);
  const { key, ...rest } = JSON.parse(made.out()) as Record<string, string>;
  expect(rest).toEqual({ event: "key_created", owner: "default", id: expect.any(String) as string });
  const answer = await fetch(`${server.url}/keys`, { headers: { authorization: `Bearer ${key ?? ""}` } });
  const { data } = (await answer.json()) as { data: { name: string }[] };
  expect(data.map(({ name }) => name)).toEqual(["spare", "default"]);
  const nobody = capture(variables);
  expect(await runCommandLine(["keys", "create", "nobody"], nobody.terminal)).toBe(1);
  expect(nobody.error()).toBe('There is no owner named "nobody".\n');
});

test("a first start that ends before it can commit its key loses none", async () => {
  const { env, store } = await createPlace();
  const saved: string[] = [];
  const killed = ensureFirstOwner(store.db, ({ key }) => {
    saved.push(key);
    return Promise.reject(new Error("the process was killed"));
  });
  await expect(killed).rejects.toThrow("killed");
  expect(saved).toHaveLength(1);
  const key = (await start(env)).firstKey?.key;
  expect(key).toMatch(/^aod_/);
  expect(saved).not.toContain(key);
});

test("seals what an earlier key sealed under the current one, and says that it may go", async () => {
  const { env, variables } = await createPlace();
  const server = await start(env);
  const made = await fetch(`${server.url}/environments`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.firstKey?.key ?? ""}` },
    body: JSON.stringify({ name: "e", env_vars: { TOKEN: "s3cret" } }),
  });
  expect(made.status).toBe(201);
  await server.close();
  const key = Buffer.alloc(32, 2).toString("base64");
  const next = {
    ...variables,
    AOD_ENCRYPTION_KEY: key,
    AOD_ENCRYPTION_KEYS_OLD: variables["AOD_ENCRYPTION_KEY"] ?? "",
  };
  const { terminal, out } = capture(next);
  expect(await runCommandLine(["keys", "reseal"], terminal)).toBe(0);
  expect(out()).toMatch(
    /^2 rows were sealed again, under the key [0-9a-f]{12}\.\nThe key [0-9a-f]{12} is no longer needed\.\n$/,
  );
  await start({ ...env, encryptionKey: key });
});

test("an owner has as many sessions at once as its operator says", async () => {
  const { env, variables, store } = await createPlace();
  await start(env);
  const limits = async (): Promise<unknown[]> =>
    (await store.pool.query<object>("select name, max_concurrent_sessions as most from owners order by name")).rows;
  const run = async (...args: string[]) => {
    const { terminal, out, error } = capture(variables);
    return [await runCommandLine(args, terminal), out() + error()];
  };
  expect((await run("owners", "create", "ada", "--max-sessions", "5"))[0]).toBe(0);
  expect(await run("owners", "limit", "default", "7")).toEqual([
    0,
    `The owner "default" may have 7 sessions at once.\n`,
  ]);
  expect(await limits()).toEqual([
    { name: "ada", most: 5 },
    { name: "default", most: 7 },
  ]);
  expect(await run("owners", "limit", "ada", "default")).toEqual([
    0,
    `The owner "ada" may have as many sessions at once as this deployment allows.\n`,
  ]);
  expect((await limits())[0]).toEqual({ name: "ada", most: null });
  for (const text of ["0", "-1", "1.5", "1000001", "many"]) {
    expect(await run("owners", "create", "eve", `--max-sessions=${text}`)).toEqual([
      1,
      "A limit of sessions is a number from 1 to 1000000, or default.\n",
    ]);
  }
  expect(await run("owners", "limit", "eve", "1")).toEqual([1, `There is no owner named "eve".\n`]);
});

test("a token opens the account that an operator linked it to, though the issuer was away at the start", async () => {
  await using issuer = await startIssuer();
  const { settings } = issuer;
  issuer.stop();
  const { env, variables } = await createPlace({
    AOD_OIDC_ISSUER: settings.issuer,
    AOD_OIDC_AUDIENCE: settings.audience,
  });
  const { url } = await start(env);
  issuer.resume();
  const authorization = `Bearer ${await issuer.sign()}`;
  const status = async () => {
    const answer = await fetch(`${url}/agents`, { headers: { authorization } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const run = async (...args: string[]) => {
    const { terminal, out, error } = capture(variables);
    return [await runCommandLine(args, terminal), out() + error()];
  };
  expect(await status()).toBe(401);
  expect(await run("owners", "link", "default", settings.issuer, "alice")).toEqual([
    0,
    `Tokens of ${settings.issuer} for "alice" open the account of "default".\n`,
  ]);
  expect(await status()).toBe(200);
  expect(await run("owners", "link", "default", settings.issuer, "alice")).toEqual([
    1,
    `That subject already opens the account of "default". End that first with: owners unlink ISSUER SUBJECT\n`,
  ]);
  expect(await run("owners", "unlink", settings.issuer, "alice")).toEqual([
    0,
    `Tokens of ${settings.issuer} for "alice" open no account any more.\n`,
  ]);
  expect(await status()).toBe(401);
});

test.each([
  [["owners", "limit", "ada", "1", "--name", "x"], 2, "--name does not belong here."],
  [["--max-sessions", "1"], 2, "--max-sessions does not belong here."],
  [["keys", "create"], 2, 'There is no command "keys create".'],
  [["--nonsense"], 2, "Unknown option '--nonsense'"],
  [["frobnicate"], 2, 'There is no command "frobnicate".'],
  [["owners", "create"], 2, 'There is no command "owners create".'],
  [["--port", "http"], 1, "AOD_PORT: "],
  [["--driver", "magic"], 1, "AOD_DRIVER: "],
  [["--role", "boss"], 1, "AOD_ROLE: "],
])("answers %j with exit code %i and what is wrong", async (args, code, text) => {
  const { terminal, error } = capture({});
  expect(await runCommandLine(args, terminal)).toBe(code);
  expect(error()).toContain(text);
});

test("prints its help and its version", async () => {
  for (const [flag, text] of [
    ["--help", "Usage: aod-server"],
    ["--version", "0."],
  ] as const) {
    const { terminal, out } = capture({});
    expect(await runCommandLine([flag], terminal)).toBe(0);
    expect(out()).toContain(text);
  }
});
