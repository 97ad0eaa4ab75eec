import { execFileSync } from "node:child_process";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { existsSync, globSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callAs, successOf, type Caller, type CallOptions } from "../support/api-caller.ts";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";

const random = (name: string) => `${name}-${randomBytes(12).toString("hex")}`;
const secrets = {
  variable: random("env-var"),
  session: random("session-secret"),
  deployment: random("deployment"),
  token: random("repo-token"),
  /** Agents give theirs back to their owner: nothing else may. */
  server: random("mcp-token"),
};

interface Row {
  readonly id: string;
}

let server: ServerProcess;
const opened = new AsyncDisposableStack();
let call: Caller;
/** Everything that the server has said over HTTP. */
const said: string[] = [];

beforeAll(async () => {
  server = opened.use(
    await startServerProcess({
      env: { AOD_LOG_LEVEL: "trace", AOD_SESSION_ENV_DEPLOYMENT: secrets.deployment },
    }),
  );
  const ask = callAs(server.url, server.token);
  call = async (method: string, path: string, options?: CallOptions) => {
    const answer = await ask(method, path, options);
    said.push(JSON.stringify(answer.headers), answer.body);
    return answer;
  };
});

afterAll(() => opened.disposeAsync());

const leaksIn = (text: string): string[] =>
  Object.entries(secrets)
    .filter(([, secret]) => text.includes(secret))
    .map(([name]) => name);

async function create(path: string, body: unknown): Promise<string> {
  return (successOf(await call("POST", path, { body })) as Row).id;
}

/** The argument lists of every process of this machine. */
function allArguments(): string {
  if (!existsSync("/proc/self/cmdline")) return execFileSync("ps", ["-axww", "-o", "args="], { encoding: "utf8" });
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => contentOf(`/proc/${pid}/cmdline`)).join("\n");
}

/** Nothing where it has gone meanwhile: processes end, and the database takes files away. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** Reads a live stream until it has said `word`, then leaves it. */
async function streamUntil(sessionId: string, word: string): Promise<void> {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/sessions/${sessionId}/stream`, {
    headers: { authorization: `Bearer ${server.token}` },
    signal: controller.signal,
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.includes(word)) break;
  }
  controller.abort();
  said.push(text);
  expect(text).toContain(word);
}

describe("secrets of a real server", () => {
  test("reach the program, and no process has them in its arguments [S1]", async () => {
    // Told apart from what else sleeps here.
    const lifetime = String(randomInt(100_000, 200_000));
    const environment = await create("/environments", { name: "secret", env_vars: { VARIABLE: secrets.variable } });
    const agent = await create("/agents", {
      name: "secret",
      model: "command",
      runtime: "command",
      environment_id: environment,
    });
    const session = await create("/sessions", {
      agent_id: agent,
      prompt: `printf %s "$VARIABLE $SESSION $DEPLOYMENT" | sha256sum; echo ready; exec sleep ${lifetime}`,
      secret_env_vars: { SESSION: secrets.session },
    });
    await streamUntil(session, "ready");
    const wanted = `${secrets.variable} ${secrets.session} ${secrets.deployment}`;
    expect(said.join("\n")).toContain(createHash("sha256").update(wanted).digest("hex"));
    let running = "";
    // It may still be bash when it has said that it is ready.
    await expect.poll(() => (running = allArguments())).toMatch(new RegExp(`sleep[\\0 ]${lifetime}`));
    expect(leaksIn(running)).toEqual([]);
    expect((await call("POST", `/sessions/${session}/terminate`)).status).toBe(200);
  });

  test("stay out of what a failed setup reports [S1]", async () => {
    const environment = await create("/environments", {
      name: "chatty",
      env_vars: { VARIABLE: secrets.variable },
      setup_script: `echo "$VARIABLE $SESSION" >&2; exit 1`,
    });
    const agent = await create("/agents", { name: "x", model: "command", runtime: "command" });
    const session = await create("/sessions", {
      agent_id: agent,
      prompt: "true",
      environment_id: environment,
      secret_env_vars: { SESSION: secrets.session },
    });
    const stream = await call("GET", `/sessions/${session}/stream`);
    expect(stream.body).toContain("provision failed: ");
    expect(leaksIn(stream.body)).toEqual([]);
  });

  test("of repositories and MCP servers are taken, and only an agent's own answers repeat one [S1]", async () => {
    const tokenOf = { mcp_servers: [{ name: "m", url: "https://m.example", headers: { A: secrets.server } }] };
    const body = { name: "m", model: "anthropic/claude-sonnet-4-6", runtime: "claude", ...tokenOf };
    const headers = { "idempotency-key": "mcp" };
    const ask = callAs(server.url, server.token);
    const { id } = successOf(await ask("POST", "/agents", { body, headers })) as Row;
    expect((await ask("GET", `/agents/${id}`)).body).toContain(secrets.server);
    const session = await create("/sessions", {
      agent_id: id,
      prompt: "x",
      resources: [{ type: "github_repository", url: "https://github.com/o/r", authorization_token: secrets.token }],
    });
    await call("POST", `/sessions/${session}/terminate`);
    expect((await call("GET", `/sessions/${session}`)).body).toContain("https://github.com/o/r");
    await ask("POST", `/agents/${id}/archive`);
  });

  test.each([
    ["a bad variable name", "/environments", { name: "x", env_vars: { "1BAD": secrets.variable } }],
    ["variables that are no object", "/environments", { name: "x", env_vars: secrets.variable }],
    ["a variable that is no string", "/environments", { name: "x", env_vars: { A: [secrets.variable] } }],
    ["a bad secret name", "/sessions", { agent_id: "x", prompt: "x", secret_env_vars: { "a b": secrets.session } }],
    ["secrets in a list", "/sessions", { agent_id: "x", prompt: "x", secret_env_vars: [secrets.session] }],
    [
      "a token of a bad repository",
      "/sessions",
      {
        agent_id: "x",
        prompt: "x",
        resources: [{ type: "github_repository", url: "https://x.example/a", authorization_token: secrets.token }],
      },
    ],
    [
      "a token in a missing field's input",
      "/sessions",
      { agent_id: "x", resources: [{ type: "github_repository", authorization_token: secrets.token }] },
    ],
    [
      "a wrong MCP server beside a token",
      "/agents",
      {
        name: "x",
        model: "anthropic/claude-sonnet-4-6",
        runtime: "claude",
        mcp_servers: [{ name: "m", type: "x", headers: { A: secrets.server }, env: { B: secrets.server } }],
      },
    ],
    ["a missing field beside secrets", "/sessions", { agent_id: "x", secret_env_vars: { A: secrets.session } }],
    ["a missing name beside variables", "/environments", { env_vars: { A: secrets.variable } }],
  ])("are not repeated by the 422 for %s [S1]", async (_title, path, body) => {
    const answer = await call("POST", path, { body });
    expect(answer.status).toBe(422);
    expect(leaksIn(answer.body)).toEqual([]);
  });

  test("are in no answer, no log line and no file at rest [S1]", async () => {
    for (const path of ["/agents", "/environments", "/sessions", "/keys"]) {
      for (const { id } of (successOf(await call("GET", path)) as { data: Row[] }).data) {
        if (path !== "/keys") await call("GET", `${path}/${id}`);
        if (path === "/environments") await call("GET", `${path}/${id}/versions`);
      }
    }
    expect(leaksIn(said.join("\n"))).toEqual([]);
    expect(said.join("\n")).not.toContain(server.token);
    expect(leaksIn(server.output())).toEqual([]);
    const data = join(server.folder, "data");
    // A running session's variables stand in its own sandbox, where the program reads them.
    const files = globSync("**/*", { cwd: data, exclude: (name) => name === "sandboxes" })
      .map((file) => join(data, file))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
    expect(files.length).toBeGreaterThan(100);
    const leaking = files.filter((file) => leaksIn(contentOf(file)).length > 0);
    expect(leaking).toEqual([]);
  });

  test("are kept in files that only their owner can read", () => {
    const mode = (...path: string[]) => (statSync(join(server.folder, ...path)).mode & 0o777).toString(8);
    expect(mode("data", "encryption-key")).toBe("600");
    expect(mode("config", "credentials.json")).toBe("600");
    // Under root the database's user has to pass through the folder, but cannot look into it.
    expect(["700", "711"]).toContain(mode("data"));
  });
});
