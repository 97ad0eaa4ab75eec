import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFaceApp, type FaceApp } from "../../../test/support/face-app.ts";
import {
  commandAgent,
  fieldErrors,
  makeAgent,
  makeEnvironment,
  must,
  providerAgent,
  runtimeAgent,
} from "../../../test/support/face-steps.ts";

let face: FaceApp;
let agentId = "";
beforeAll(async () => {
  face = await createFaceApp({ env: { maxConcurrentSessions: 1_000 } });
  agentId = (await makeAgent(face)).id;
});
afterAll(() => face[Symbol.asyncDispose]());

// One long file on purpose: every field rule is a row here, and nowhere else.

const session = (body: object) => ({ agent_id: agentId, prompt: "hi", ...body });
const long = (count: number) => "x".repeat(count);
const catalog =
  "['anthropic/claude-3-5-haiku-20241022', 'anthropic/claude-haiku-4-5', 'anthropic/claude-opus-4-0-20250514', " +
  "'anthropic/claude-opus-4-6', 'anthropic/claude-sonnet-4-0-20250514', 'anthropic/claude-sonnet-4-5-20250514', " +
  "'anthropic/claude-sonnet-4-6', 'google/gemini-2.5-flash', 'google/gemini-2.5-pro', 'openai/gpt-4.1', 'openai/o3', " +
  "'openai/o4-mini']";

/** Sends a body that has one wrong field. @returns the one entry, without `input` */
async function refused(method: string, path: string, body: object): Promise<unknown> {
  const answer = await face.send(method, path, { body });
  expect(answer.status, answer.text).toBe(422);
  const errors = fieldErrors(answer.body);
  expect(errors, answer.text).toHaveLength(1);
  expect(Object.keys(errors[0]!)).toEqual(["type", "loc", "msg", "input"]);
  const { type, loc, msg } = errors[0]!;
  return { type, loc, msg };
}

const missing = { type: "missing", msg: "Field required" };
const noString = { type: "string_type", msg: "Input should be a valid string" };
const noInteger = { type: "int_type", msg: "Input should be a valid integer" };
const noDict = { type: "dict_type", msg: "Input should be a valid dictionary" };
const noList = { type: "list_type", msg: "Input should be a valid list" };
const tooLong = (max: number) => ({ type: "string_too_long", msg: `String should have at most ${max} characters` });
const value = (text: string) => ({ type: "value_error", msg: `Value error, ${text}` });
const unparsable = {
  type: "int_parsing",
  msg: "Input should be a valid integer, unable to parse string as an integer",
};

describe("the shape of a 422", () => {
  test("a missing field shows the object that lacks it", async () => {
    const answer = await face.send("POST", "/agents", { body: { model: runtimeAgent.model, runtime: "claude" } });
    expect(answer.text).toBe(
      `{"detail":[{"type":"missing","loc":["name"],"msg":"Field required","input":{"model":"anthropic/claude-sonnet-4-6","runtime":"claude"}}]}`,
    );
  });

  test("all fields are checked", async () => {
    const answer = await face.send("POST", "/agents", { body: { name: 5, model: "x/y", system: null, skills: {} } });
    expect(fieldErrors(answer.body).map(({ loc, type }) => [...loc, type])).toEqual([
      ["name", "string_type"],
      ["system", "string_type"],
      ["skills", "list_type"],
      ["model", "value_error"],
      ["runtime", "missing"],
    ]);
  });

  test("a body without a discriminator misses the runtime", async () => {
    expect(await refused("POST", "/agents", { name: "x", model: runtimeAgent.model })).toEqual({
      ...missing,
      loc: ["runtime"],
    });
  });

  test.each(["[]", "1", `"x"`, "null", "true"])("JSON that is no object is a list entry: %s", async (raw) => {
    for (const [method, path] of [
      ["POST", "/agents"],
      ["POST", "/environments"],
      ["POST", "/sessions"],
      ["POST", "/keys"],
    ] as const) {
      const answer = await face.send(method, path, { raw });
      expect([answer.status, answer.text]).toEqual([
        422,
        `{"detail":[{"type":"dict_type","loc":[],"msg":"Input should be a valid dictionary","input":${raw}}]}`,
      ]);
    }
  });

  test("what is sent under a secret key is not repeated", async () => {
    const secret = "hunter2-hunter2";
    const bodies = [
      ["/environments", { env_vars: { A: secret } }],
      ["/environments", { name: "x", env_vars: secret }],
      ["/environments", { name: "x", env_vars: { A: [secret] } }],
      ["/environments", { name: "x", env_vars: { "1A": secret } }],
      ["/sessions", { secret_env_vars: { A: secret } }],
      ["/sessions", session({ secret_env_vars: { "1A": secret } })],
      ["/sessions", session({ resources: [{ url: 5, authorization_token: secret }] })],
      ["/sessions", session({ resources: [{ type: "github_repository", authorization_token: [secret] }] })],
      ["/sessions", session({ resources: { authorization_token: secret } })],
    ] as const;
    for (const [path, body] of bodies) {
      const answer = await face.send("POST", path, { body });
      expect(answer.status, answer.text).toBe(422);
      expect(answer.text).toContain("[redacted]");
      expect(answer.text).not.toContain(secret);
    }
    const raw = await face.send("POST", "/environments", { raw: `[{"env_vars":{"A":"${secret}"}}]` });
    expect(raw.text).not.toContain(secret);
  });

  test("a large input is cut", async () => {
    const answer = await face.send("POST", "/agents", { body: { name: long(100_000), model: long(90), runtime: "x" } });
    expect(answer.status).toBe(422);
    expect(answer.text.length).toBeLessThan(3_000);
  });
});

describe("POST /agents (3.1)", () => {
  const rows = [
    ["name missing", { name: undefined }, ["name"], missing],
    ["name a number", { name: 5 }, ["name"], noString],
    ["name null", { name: null }, ["name"], noString],
    ["name of 201 characters", { name: long(201) }, ["name"], tooLong(200)],
    ["model missing", { model: undefined }, ["model"], missing],
    ["model outside the catalog", { model: "m" }, ["model"], value(`Unknown model: m. Must be one of: ${catalog}`)],
    ["runtime null", { runtime: null }, ["runtime"], noString],
    ["runtime a number", { runtime: 7 }, ["runtime"], noString],
    ["runtime of 33 characters", { runtime: long(33) }, ["runtime"], tooLong(32)],
    ["provider of 33 characters beside a runtime", { provider: long(33) }, ["provider"], tooLong(32)],
    ["system null", { system: null }, ["system"], noString],
    ["description null", { description: null }, ["description"], noString],
    ["environment_id a number", { environment_id: 4 }, ["environment_id"], noString],
    ["skills an object", { skills: {} }, ["skills"], noList],
    ["skills null", { skills: null }, ["skills"], noList],
    ["mcp_servers a string", { mcp_servers: "x" }, ["mcp_servers"], noList],
    ["metadata a list", { metadata: [] }, ["metadata"], noDict],
    ["metadata null", { metadata: null }, ["metadata"], noDict],
    [
      "command without its runtime",
      { command: ["sh"] },
      ["command"],
      value("command is only for agents with runtime 'command'"),
    ],
  ] as const;
  test.each(rows)("refuses %s", async (_title, body, loc, expected) => {
    expect(await refused("POST", "/agents", { ...runtimeAgent, ...body })).toEqual({ ...expected, loc });
  });

  const providerRows = [
    ["model blank", { model: " " }, ["model"], value("Model must be a non-empty string")],
    ["model empty", { model: "" }, ["model"], value("Model must be a non-empty string")],
    ["model of 101 characters", { model: long(101) }, ["model"], tooLong(100)],
    ["provider of 33 characters", { provider: long(33) }, ["provider"], tooLong(32)],
    ["provider a number", { provider: 4 }, ["provider"], noString],
  ] as const;
  test.each(providerRows)("refuses, with provider only, %s", async (_title, body, loc, expected) => {
    expect(await refused("POST", "/agents", { ...providerAgent, ...body })).toEqual({ ...expected, loc });
  });

  const commandRows = [
    ["a string", "sh", ["command"], noList],
    ["an empty list", [], ["command"], value("command must name a program")],
    ["an empty program", [""], ["command"], value("command must name a program")],
    ["a list of numbers", [1], ["command", 0], noString],
  ] as const;
  test.each(commandRows)("refuses, as command, %s", async (_title, command, loc, expected) => {
    expect(await refused("POST", "/agents", { ...commandAgent, command })).toEqual({ ...expected, loc });
  });

  test("takes what the limits allow", async () => {
    const name = "🙂".repeat(200);
    expect(await makeAgent(face, { name })).toMatchObject({ name });
    expect(await makeAgent(face, { name: "" })).toMatchObject({ name: "" });
    expect(await makeAgent(face, { environment_id: "" })).toMatchObject({ environment_id: null });
    expect(await makeAgent(face, { environment_id: null })).toMatchObject({ environment_id: null });
    const metadata = { a: "", b: { c: [1, null] } };
    expect(await makeAgent(face, { metadata })).toMatchObject({ metadata });
    const model = long(100);
    expect(await must(face, "POST", "/agents", { body: { ...providerAgent, model } })).toMatchObject({ model });
  });
});

describe("PUT /agents/{id} (3.2)", () => {
  const rows = [
    ["version missing", { version: undefined }, ["version"], missing],
    ["version null", { version: null }, ["version"], noInteger],
    ["version a word", { version: "one" }, ["version"], unparsable],
    ["an over-long name", { name: long(201) }, ["name"], tooLong(200)],
    ["an over-long model", { model: long(101), provider: "anthropic" }, ["model"], tooLong(100)],
    ["metadata a string", { metadata: "x" }, ["metadata"], noDict],
  ] as const;
  test.each(rows)("refuses %s", async (_title, body, loc, expected) => {
    expect(await refused("PUT", `/agents/${agentId}`, { version: 1, ...body })).toEqual({ ...expected, loc });
  });
});

describe("mcp_servers (6.1)", () => {
  const url = { name: "x", url: "https://x" };
  const rows = [
    [["x"], "mcp_servers[0] must be an object"],
    [[url, null], "mcp_servers[1] must be an object"],
    [[{ url: "https://x" }], "mcp_servers[0] missing required field: name"],
    [[{ name: "x", type: "grpc" }], "mcp_servers[0]: unknown type 'grpc'. Must be one of: ['stdio', 'url']"],
    [[{ name: "x", type: null }], "mcp_servers[0]: unknown type None. Must be one of: ['stdio', 'url']"],
    [[{ name: "x" }], "mcp_servers[0] (url): missing required field: url"],
    [[{ name: "x", type: "stdio" }], "mcp_servers[0] (stdio): missing required field: command"],
    [[url, url], "mcp_servers[1]: duplicate name 'x'"],
    [Array.from({ length: 21 }, (_, index) => ({ ...url, name: `n${index}` })), "Maximum 20 MCP servers per agent"],
    [[...Array.from({ length: 21 }, () => url)], "mcp_servers[1]: duplicate name 'x'"],
  ] as const;
  test.each(rows.map(([servers, text]) => ({ servers, text })))("$text", async ({ servers, text }) => {
    const entry = { ...value(text), loc: ["mcp_servers"] };
    expect(await refused("POST", "/agents", { ...runtimeAgent, mcp_servers: servers })).toEqual(entry);
    expect(await refused("PUT", `/agents/${agentId}`, { version: 1, mcp_servers: servers })).toEqual(entry);
  });

  test("stores what was sent, and shows a type", async () => {
    const servers = [
      { name: "a", url: "https://a", headers: { Authorization: "Bearer ${TOKEN}" }, extra: [1] },
      { name: "b", type: "stdio", command: "npx", args: ["-y"], env: { A: "1" } },
      { name: 5, url: null },
      ...Array.from({ length: 17 }, (_, index) => ({ name: `n${index}`, url: "" })),
    ];
    const agent = await makeAgent(face, { mcp_servers: servers });
    const shown = servers.map((server) => ({ type: "url", ...server }));
    expect(agent["mcp_servers"]).toEqual(shown);
    const versions = await must(face, "GET", `/agents/${agent.id}/versions`);
    expect(versions).toMatchObject({ data: [{ mcp_servers: shown }] });
  });
});

describe("skills (6.2)", () => {
  const inline = { name: "a", description: "d", content: "c" };
  const github = { type: "github", description: "d", source: "o/r" };
  const rows = [
    [Array.from({ length: 21 }, () => ({})), "Maximum 20 skills per agent"],
    [[5], "skills[0] must be an object"],
    [
      [{ ...inline, z: 1, x: 1 }],
      "skills[0]: unknown keys ['x', 'z']. Allowed for inline skills: ['content', 'description', 'name']",
    ],
    [
      [{ ...github, ref: "main" }],
      "skills[0]: unknown keys ['ref']. Allowed for github skills: ['description', 'name', 'source', 'type']",
    ],
    [[{ description: "d", content: "c" }], "skills[0] missing required field: name"],
    [[{ name: "a", content: "c" }], "skills[0] missing required field: description"],
    [[inline, { name: "b", description: "d" }], "skills[1] missing required field: content"],
    [[{ type: "github", source: "o/r" }], "skills[0] missing required field: description"],
    [[{ type: "github", description: "d" }], "skills[0] missing required field: source"],
    [[{ ...inline, content: 5 }], "skills[0].content must be a string"],
    [[{ ...github, name: null }], "skills[0].name must be a string"],
    [[{ ...inline, content: "é".repeat(32_769) }], "skills[0].content exceeds 65536 bytes"],
    [[{ ...inline, content: "a SKILL_EOF b" }], "skills[0].content must not contain 'SKILL_EOF'"],
    [[{ ...github, type: "gitlab" }], "skills[0].type 'gitlab' unsupported (only 'github')"],
    [[{ ...github, source: "just-a-name" }], "skills[0].source 'just-a-name' must be 'owner/repo'"],
    [[{ ...github, source: "../r" }], "skills[0].source '../r' must be 'owner/repo'"],
    [[{ ...github, source: "o/r\n" }], "skills[0].source 'o/r\\n' must be 'owner/repo'"],
    [[{ ...inline, name: "Up" }], "skills[0].name 'Up' must match [a-z0-9][a-z0-9-]{0,63}"],
    [[{ ...github, name: "-a" }], "skills[0].name '-a' must match [a-z0-9][a-z0-9-]{0,63}"],
    [[{ ...inline, name: long(65) }], `skills[0].name '${long(65)}' must match [a-z0-9][a-z0-9-]{0,63}`],
    [[inline, { ...github, name: "a" }], "skills[1]: duplicate name 'a'"],
    [[github, github], "skills[1]: duplicate source '@github:o/r'"],
    [[{ ...inline, description: long(1_025) }], "skills[0].description exceeds 1024 chars"],
  ] as const;
  test.each(rows.map(([skills, text]) => ({ skills, text })))("$text", async ({ skills, text }) => {
    const entry = { ...value(text), loc: ["skills"] };
    expect(await refused("POST", "/agents", { ...runtimeAgent, skills })).toEqual(entry);
    expect(await refused("PUT", `/agents/${agentId}`, { version: 1, skills })).toEqual(entry);
  });

  test("stores and returns what was sent", async () => {
    const skills = [
      { ...inline, name: long(64), content: "é".repeat(32_768), description: "🙂".repeat(1_024) },
      github,
      { ...github, name: "one" },
    ];
    expect((await makeAgent(face, { skills }))["skills"]).toEqual(skills);
  });
});

describe("environments (3.3, 6.4)", () => {
  const rows = [
    ["name a number", { name: 5 }, ["name"], noString],
    ["name of 201 characters", { name: long(201) }, ["name"], tooLong(200)],
    ["packages a list", { packages: [] }, ["packages"], noDict],
    [
      "an unknown package manager",
      { packages: { brew: [] } },
      ["packages"],
      value("Unknown package manager: brew. Must be one of: ['apt', 'cargo', 'gem', 'go', 'npm', 'pip']"),
    ],
    [
      "packages not in a list",
      { packages: { pip: "x" } },
      ["packages"],
      value("packages.pip must be a list of strings"),
    ],
    [
      "a package that is no text",
      { packages: { pip: [1] } },
      ["packages"],
      value("packages.pip must be a list of strings"),
    ],
    ["env_vars a list", { env_vars: [] }, ["env_vars"], noDict],
    ["a variable that is no text", { env_vars: { A: 1 } }, ["env_vars", "A"], noString],
    [
      "a variable that no shell takes",
      { env_vars: { "1A": "x" } },
      ["env_vars"],
      value("Invalid environment variable name: '1A'. Must match ^[A-Za-z_][A-Za-z0-9_]*$"),
    ],
    ["setup_script a number", { setup_script: 1 }, ["setup_script"], noString],
    ["networking a string", { networking: "limited" }, ["networking"], noDict],
    [
      "another type of networking",
      { networking: { type: "open" } },
      ["networking"],
      value("networking.type must be 'unrestricted' or 'limited'"),
    ],
    [
      "allowed_hosts no list",
      { networking: { type: "limited", allowed_hosts: "x" } },
      ["networking"],
      value("networking.allowed_hosts must be a list"),
    ],
    [
      "an allowed host that is no text",
      { networking: { type: "limited", allowed_hosts: [1] } },
      ["networking"],
      value("networking.allowed_hosts must be a list of strings"),
    ],
  ] as const;
  test.each(rows)("refuses %s", async (title, body, loc, expected) => {
    const environment = await makeEnvironment(face, { name: `for ${title}` });
    expect(await refused("POST", "/environments", { name: "x", ...body })).toEqual({ ...expected, loc });
    const path = `/environments/${environment.id}`;
    expect(await refused("PUT", path, { version: 1, ...body })).toEqual({ ...expected, loc });
  });

  test("requires a name on POST and a version on PUT", async () => {
    expect(await refused("POST", "/environments", {})).toEqual({ ...missing, loc: ["name"] });
    const { id } = await makeEnvironment(face);
    expect(await refused("PUT", `/environments/${id}`, {})).toEqual({ ...missing, loc: ["version"] });
  });

  test("null is no value on POST", async () => {
    const body = { name: "x", packages: null, env_vars: null, setup_script: null, networking: null };
    const answer = await face.send("POST", "/environments", { body });
    expect(fieldErrors(answer.body).map(({ loc, type }) => [...loc, type])).toEqual([
      ["packages", "dict_type"],
      ["env_vars", "dict_type"],
      ["setup_script", "string_type"],
      ["networking", "dict_type"],
    ]);
  });
});

describe("POST /sessions (3.4, 6.3)", () => {
  const repository = { type: "github_repository", url: "https://github.com/o/r" };
  const badUrl = value("url must be a https://github.com/<owner>/<repo> URL");
  const rows = [
    ["agent_id missing", { agent_id: undefined }, ["agent_id"], missing],
    ["agent_id a number", { agent_id: 5 }, ["agent_id"], noString],
    ["prompt missing", { prompt: undefined }, ["prompt"], missing],
    ["prompt null", { prompt: null }, ["prompt"], noString],
    [
      "timeout 9",
      { timeout: 9 },
      ["timeout"],
      { type: "greater_than_equal", msg: "Input should be greater than or equal to 10" },
    ],
    [
      "timeout 3601",
      { timeout: 3601 },
      ["timeout"],
      { type: "less_than_equal", msg: "Input should be less than or equal to 3600" },
    ],
    ["timeout null", { timeout: null }, ["timeout"], noInteger],
    ["timeout a list", { timeout: [] }, ["timeout"], noInteger],
    ["timeout a word", { timeout: "soon" }, ["timeout"], unparsable],
    ["timeout empty", { timeout: "" }, ["timeout"], unparsable],
    [
      "timeout 12.5",
      { timeout: 12.5 },
      ["timeout"],
      { type: "int_from_float", msg: "Input should be a valid integer, got a number with a fractional part" },
    ],
    ["environment_id a number", { environment_id: 1 }, ["environment_id"], noString],
    ["secret_env_vars null", { secret_env_vars: null }, ["secret_env_vars"], noDict],
    ["a secret that is no text", { secret_env_vars: { A: 1 } }, ["secret_env_vars", "A"], noString],
    [
      "a secret that no shell takes",
      { secret_env_vars: { "A-B": "x" } },
      ["secret_env_vars"],
      value("Invalid environment variable name: 'A-B'. Must match ^[A-Za-z_][A-Za-z0-9_]*$"),
    ],
    ["resources an object", { resources: {} }, ["resources"], noList],
    ["resources null", { resources: null }, ["resources"], noList],
    ["a resource that is no object", { resources: ["x"] }, ["resources", 0], noDict],
    ["a resource without a type", { resources: [{ url: repository.url }] }, ["resources", 0, "type"], missing],
    [
      "another type of resource",
      { resources: [{ ...repository, type: "gitlab" }] },
      ["resources", 0, "type"],
      { type: "literal_error", msg: "Input should be 'github_repository'" },
    ],
    ["a resource without a URL", { resources: [{ type: "github_repository" }] }, ["resources", 0, "url"], missing],
    [
      "another host",
      { resources: [repository, { ...repository, url: "https://gitlab.com/o/r" }] },
      ["resources", 1, "url"],
      badUrl,
    ],
    [
      "a path below the repository",
      { resources: [{ ...repository, url: "https://github.com/o/r/x" }] },
      ["resources", 0, "url"],
      badUrl,
    ],
    [
      "a repository named ..",
      { resources: [{ ...repository, url: "https://github.com/o/.." }] },
      ["resources", 0, "url"],
      badUrl,
    ],
    [
      "a repository named .git",
      { resources: [{ ...repository, url: "https://github.com/o/.git" }] },
      ["resources", 0, "url"],
      badUrl,
    ],
    [
      "a URL of over 500 characters",
      { resources: [{ ...repository, url: `https://github.com/o/${long(480)}` }] },
      ["resources", 0, "url"],
      tooLong(500),
    ],
    [
      "a relative mount path",
      { resources: [{ ...repository, mount_path: "x" }] },
      ["resources", 0, "mount_path"],
      value("mount_path must be an absolute path"),
    ],
    ...["/", "/home/sprite", "/home/sprite/", "/home//sprite/.", "/workspace/..", "//"].map(
      (path) =>
        [
          `the mount path ${path}`,
          { resources: [{ ...repository, mount_path: path }] },
          ["resources", 0, "mount_path"],
          value("mount_path must not be the Sprite root"),
        ] as const,
    ),
    [
      "a token that is no text",
      { resources: [{ ...repository, authorization_token: 5 }] },
      ["resources", 0, "authorization_token"],
      noString,
    ],
    [
      "11 resources",
      { resources: Array.from({ length: 11 }, (_, index) => ({ ...repository, mount_path: `/r${index}` })) },
      ["resources"],
      value("Maximum 10 resources per session"),
    ],
    [
      "two resources in one place",
      { resources: [repository, repository] },
      ["resources"],
      value("Duplicate mount_path in resources"),
    ],
    [
      "one default, one written",
      { resources: [repository, { ...repository, mount_path: "/workspace/r/" }] },
      ["resources"],
      value("Duplicate mount_path in resources"),
    ],
  ] as const;
  test.each(rows)("refuses %s", async (_title, body, loc, expected) => {
    expect(await refused("POST", "/sessions", session(body))).toEqual({ ...expected, loc });
  });

  test("reads timeouts as pydantic does", async () => {
    for (const timeout of [10, 3600, "120", 120.0, " 1_200 ", "120.0", "+60"]) {
      expect((await face.send("POST", "/sessions", { body: session({ timeout }) })).status).toBe(202);
    }
  });

  test("resolves resources, and never shows their tokens", async () => {
    const resources = [
      { ...repository, url: "https://github.com/me/tool.git", authorization_token: "ghp_secret" },
      { ...repository, mount_path: "/srv/./a/../b//", authorization_token: "" },
      { ...repository, url: "https://github.com/me/x.y-z_1", mount_path: null, authorization_token: null },
    ];
    const shown = [
      { type: "github_repository", url: "https://github.com/me/tool", mount_path: "/workspace/tool" },
      { type: "github_repository", url: "https://github.com/o/r", mount_path: "/srv/b" },
      { type: "github_repository", url: "https://github.com/me/x.y-z_1", mount_path: "/workspace/x.y-z_1" },
    ];
    const ack = await must(face, "POST", "/sessions", { body: session({ resources }) });
    expect(ack["resources"]).toEqual(shown);
    expect((await must(face, "GET", `/sessions/${ack.id}`))["resources"]).toEqual(shown);
  });
});

test("POST /keys refuses what is no name and no time", async () => {
  expect(await refused("POST", "/keys", {})).toEqual({ ...missing, loc: ["name"] });
  expect(await refused("POST", "/keys", { name: long(101) })).toEqual({ ...tooLong(100), loc: ["name"] });
  expect(await refused("POST", "/keys", { name: "x", expires_at: "tomorrow" })).toEqual({
    ...value("expires_at must be an ISO 8601 date and time with an offset"),
    loc: ["expires_at"],
  });
  for (const expires_at of ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"]) {
    expect(await refused("POST", "/keys", { name: "x", expires_at })).toEqual({
      ...value("expires_at must be in the years 1 to 9999"),
      loc: ["expires_at"],
    });
  }
  for (const expires_at of ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]) {
    await must(face, "POST", "/keys", { body: { name: "x", expires_at } });
  }
});
