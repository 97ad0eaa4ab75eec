import { execFile } from "node:child_process";
import { watch } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { McpServer } from "@aod/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestSandboxes, type TestSandboxes } from "../../../test/support/local-sandbox.ts";
import { startStubRegistry, type StubRegistry } from "../../../test/support/stub-registry.ts";
import { prepareTurn, runtimeFor } from "../../runtimes/index.ts";
import type { Runtime } from "../../runtimes/runtime.ts";
import type { Sandbox } from "../../sandboxes/sandbox-driver.ts";
import { ProvisionError, provisionSession, type ProvisionRequest, type StageEvent } from "./index.ts";

// Real npm, git and shells, on machines that do other things as well.
const run = promisify(execFile);

let sandboxes: TestSandboxes;
let folder: string;
let created: Sandbox | undefined;
let events: StageEvent[];

beforeAll(async () => {
  sandboxes = await createTestSandboxes();
});
afterAll(() => sandboxes[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-provision-"));
  created = undefined;
  events = [];
});
afterEach(async () => {
  await created?.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** A CLI that is there already, with the folders of a real one. */
const runtime: Runtime = { ...runtimeFor("command"), skillsFolder: "/home/sprite/.codex/skills", skillsAgent: "codex" };

function provision(request: Partial<ProvisionRequest> = {}): Promise<Sandbox> {
  return provisionSession({
    sessionId: crypto.randomUUID(),
    driver: sandboxes.driver,
    runtime,
    cacheDir: folder,
    model: "command",
    mcpServers: [],
    skills: [],
    packages: {},
    setupScript: "",
    egress: { type: "unrestricted" },
    envVars: {},
    secretEnvVars: {},
    repositories: [],
    signal: new AbortController().signal,
    onStage: (event) => {
      events.push(event);
      return Promise.resolve();
    },
    onSandbox: (sandbox) => {
      created = sandbox;
      return Promise.resolve();
    },
    ...request,
  });
}

async function failureOf(request: Partial<ProvisionRequest>): Promise<ProvisionError> {
  const error: unknown = await provision(request).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ProvisionError);
  const { stage, message } = error as ProvisionError;
  expect(events.at(-1)).toMatchObject({ stage, state: "failed", message });
  return error as ProvisionError;
}

/** What a turn of the session would print. */
async function inTurn(sandbox: Sandbox, prompt: string): Promise<string> {
  const { argv, cwd, env, stdin } = await prepareTurn({
    runtime: runtimeFor("command"),
    sandbox,
    cacheDir: folder,
    turn: 1,
    prompt,
    system: "",
    model: "command",
    conversationId: "c",
    command: null,
  });
  return (await sandbox.exec({ argv, cwd, env, stdin })).stdout;
}

const text = async (sandbox: Sandbox, path: string) => Buffer.from(await sandbox.readFile(path)).toString();

describe("stages", () => {
  test("come in order, those that do not apply stay away", async () => {
    await provision();
    expect(events.map(({ stage, state }) => `${stage} ${state}`)).toEqual([
      "create_sprite started",
      "create_sprite done",
      "install_runtime started",
      "install_runtime done",
      "env_file started",
      "env_file done",
      "provision_setup started",
      "provision_setup done",
      "runtime_config started",
      "runtime_config done",
    ]);
  });

  test("have the wire's fields in its order", async () => {
    await provision();
    expect(events.slice(0, 2).map((event) => Object.keys(event))).toEqual([
      ["stage", "state"],
      ["stage", "state", "duration_ms"],
    ]);
    for (const event of events) if (event.state === "done") expect(Number.isInteger(event.duration_ms)).toBe(true);
  });

  test("include credentials and skills when the session has them", async () => {
    const skills = [{ name: "greet", description: "d", content: "Say hello." }];
    const repositories = [{ url: "https://github.com/o/r", mountPath: "/workspace/r", token: "t" }];
    await failureOf({ skills, repositories, envVars: { ...insteadOf("/no/such/place") } });
    expect(events.map(({ stage }) => stage)).toContain("git_credentials");
    events = [];
    await provision({ skills });
    expect(events.at(-1)).toMatchObject({ stage: "skills", state: "done" });
  });

  test("end with the first failure, and the sandbox is known by then", async () => {
    const { stage } = await failureOf({ setupScript: "exit 3" });
    expect(stage).toBe("provision_setup");
    expect(events.map((event) => event.stage)).not.toContain("runtime_config");
    expect(created).toBeDefined();
  });

  test("report a sandbox that cannot be made", async () => {
    const driver = {
      kind: "local" as const,
      capabilities: sandboxes.driver.capabilities,
      create: () => Promise.reject(new Error("disk full")),
    };
    const { message, stage } = await failureOf({ driver: { ...stubDriver, ...driver } });
    expect({ message, stage }).toEqual({ message: "Failed to create Sprite: disk full", stage: "create_sprite" });
    expect(created).toBeUndefined();
  });

  test("report a runtime that cannot be installed", async () => {
    const missing: Runtime = { ...runtime, name: "codex", install: () => null };
    const { message, stage } = await failureOf({ runtime: missing });
    expect(stage).toBe("install_runtime");
    expect(message).toContain("Runtime 'codex' has no build for");
  });

  test("stop when the session is no longer wanted, with the reason given", async () => {
    const stopped = new AbortController();
    const reason = new Error("terminated");
    const watcher = watch(folder, () => stopped.abort(reason));
    const request = { setupScript: `touch '${join(folder, "running")}'; sleep 60`, signal: stopped.signal };
    await expect(provision(request)).rejects.toBe(reason);
    watcher.close();
    expect(events.at(-1)).toEqual({ stage: "provision_setup", state: "started" });
  });
});

describe("network policy", () => {
  test("refuses a limited policy that the driver cannot enforce, before anything of the user's runs [S3]", async () => {
    const marker = join(folder, "ran");
    const { message, stage } = await failureOf({
      egress: { type: "limited", allowedHosts: ["github.com"] },
      setupScript: `touch '${marker}'`,
    });
    expect(stage).toBe("network_policy");
    expect(message).toBe(
      "Sandbox driver 'local' cannot limit network access. Use an environment whose networking type is 'unrestricted', or run the server with a driver that can limit it.",
    );
    await expect(stat(marker)).rejects.toThrow("ENOENT");
  });
});

describe("variables", () => {
  test("reach turns as they are, the session's over the environment's", async () => {
    const value = `it's "quoted" $HOME \`x\` \\ and\ntwo lines 🌍`;
    const sandbox = await provision({
      sessionId: "s-1",
      model: "anthropic/claude-x",
      envVars: { SHARED: "environment", ODD: value },
      secretEnvVars: { SHARED: "session" },
    });
    expect(await inTurn(sandbox, `printf '%s|' "$SHARED" "$ODD" "$AOD_SESSION_ID" "$AOD_MODEL"`)).toBe(
      `session|${value}|s-1|anthropic/claude-x|`,
    );
  });

  test("stand sorted in a file that only its owner can read", async () => {
    const sandbox = await provision({ sessionId: "s-2", envVars: { B: "2", A: "1" }, secretEnvVars: { C: "3" } });
    expect(await text(sandbox, "/tmp/aod-env")).toBe(
      "AOD_SESSION_ID='s-2'\nAOD_MODEL='command'\nA='1'\nB='2'\nC='3'\n",
    );
    expect((await stat(sandbox.resolve("/tmp/aod-env"))).mode & 0o777).toBe(0o600);
  });

  test("that bash keeps for itself are left out instead of breaking every turn", async () => {
    const sandbox = await provision({ envVars: { UID: "7", AFTER: "there" } });
    expect(await inTurn(sandbox, `echo "$AFTER"`)).toBe("there\n");
  });
});

describe("setup script", () => {
  test("runs in the workspace with the session's variables; its files stay", async () => {
    const sandbox = await provision({ secretEnvVars: { WHO: "world" }, setupScript: `echo "hello $WHO" > greeting` });
    expect(await text(sandbox, "/workspace/greeting")).toBe("hello world\n");
  });

  test("runs after packages and repositories", async () => {
    const { origin } = await makeRepository(folder);
    const repositories = [{ url: "https://github.com/o/r", mountPath: "/workspace/r", token: null }];
    const sandbox = await provision({ envVars: insteadOf(origin), repositories, setupScript: "cp r/README.md copy" });
    expect(await text(sandbox, "/workspace/copy")).toBe("# r\n");
  });

  test("ends at its first failing command, whose end of stderr is the failure text", async () => {
    const script = `for i in $(seq 2000); do echo "line $i" >&2; done\nfalse\ntouch '${join(folder, "after")}'`;
    const { message } = await failureOf({ setupScript: script });
    expect(message).toMatch(/^Provisioning script failed: exit code 1\nstderr:\n/);
    expect(message).toContain("line 2000\n");
    expect(message.length).toBeLessThan(2100);
    await expect(stat(join(folder, "after"))).rejects.toThrow("ENOENT");
  });

  test("is named with its exit code alone when it says nothing", async () => {
    expect((await failureOf({ setupScript: "exit 7" })).message).toBe("Provisioning script failed: exit code 7");
  });

  test("keeps its exit, options and variables to itself", async () => {
    const sandbox = await provision({ setupScript: "set -u\nLEFT=behind\nexit 0" });
    expect(await inTurn(sandbox, `echo "[$LEFT]"`)).toBe("[]\n");
  });

  test("cannot bring a secret into the failure text [S1]", async () => {
    const { message } = await failureOf({
      secretEnvVars: { TOKEN: "sk-very-secret" },
      setupScript: `echo "token is $TOKEN" >&2; exit 1`,
    });
    expect(message).toContain("token is ***");
    expect(JSON.stringify(events)).not.toContain("sk-very-secret");
  });

  test("cannot bring a part of a secret into it, wherever the text is cut [S1]", async () => {
    // One mark a character: any that is left is a part of the value.
    const secret = "§".repeat(900);
    const around = (length: number): string => `printf '%${String(length)}s\\n' . >&2; echo "$TOKEN" >&2`;
    // Across the end that is shown, across the beginning of what is looked at, and across the gap of a long output.
    for (const [before, after] of [
      [10, 1_500],
      [10, 32 * 1024 - 450],
      [128 * 1024 - 900, 128 * 1024 - 900],
    ] as const) {
      const setupScript = `${around(before)}; printf '%${String(after)}s' . >&2; exit 1`;
      const { message } = await failureOf({ secretEnvVars: { TOKEN: secret }, setupScript });
      expect(message.length).toBeLessThan(2_100);
      expect(message).not.toContain("§");
    }
  });

  test("cannot bring a part of a secret into it when the rest was masked away [S1]", async () => {
    const secret = "§".repeat(900);
    const setupScript = `for i in $(seq 400); do echo "$TOKEN" >&2; done; exit 1`;
    const { message } = await failureOf({ secretEnvVars: { TOKEN: secret }, setupScript });
    expect(message).not.toContain("§");
  });

  test("cannot bring the keys of MCP servers into the failure text [S1]", async () => {
    const { message } = await failureOf({
      mcpServers: [
        { name: "a", url: "https://mcp.example", headers: { Authorization: "Bearer mcp-token-1" } },
        { name: "b", type: "stdio", command: "b", env: { KEY: "mcp-key-2" } },
        { name: "c", url: "https://mcp.example", headers: 5 } as unknown as McpServer,
      ],
      setupScript: `echo "mcp-token-1 mcp-key-2" >&2; exit 1`,
    });
    expect(message).toContain("*** ***");
  });
});

describe("repositories", () => {
  test("are cloned with the newest commit only, to their mount path", async () => {
    const { origin } = await makeRepository(folder);
    const repositories = [{ url: "https://github.com/o/r", mountPath: "/srv/deep/r", token: null }];
    const sandbox = await provision({ envVars: insteadOf(origin), repositories });
    expect(await text(sandbox, "/srv/deep/r/README.md")).toBe("# r\n");
    const log = await run("git", ["-C", sandbox.resolve("/srv/deep/r"), "log", "--format=%s"]);
    expect(log.stdout).toBe("second\n");
  });

  test("that do not exist fail with what git says", async () => {
    const repositories = [{ url: "https://github.com/o/none", mountPath: "/workspace/none", token: null }];
    const { message, stage } = await failureOf({ envVars: insteadOf(folder), repositories });
    expect(stage).toBe("provision_setup");
    expect(message).toMatch(/^Provisioning script failed: exit code 128\nstderr:\n[^]*does not (appear to be|exist)/);
  });

  test("hand their token to git by a file, for github.com alone [S1]", async () => {
    const { origin } = await makeRepository(folder);
    const repositories = [{ url: "https://github.com/o/r", mountPath: "/workspace/r", token: "ghp_a/b@c" }];
    const sandbox = await provision({ envVars: insteadOf(origin), repositories });
    const ask = (host: string) => `printf 'protocol=https\\nhost=${host}\\n\\n' | git credential fill 2>/dev/null`;
    expect(await inTurn(sandbox, ask("github.com"))).toContain("username=ghp_a/b@c\npassword=x-oauth-basic\n");
    expect(await inTurn(sandbox, ask("gitlab.com"))).not.toContain("ghp_");
    expect((await stat(sandbox.resolve("/tmp/.git-credentials"))).mode & 0o777).toBe(0o600);
    for (const path of ["/tmp/aod-provision.sh", "/home/sprite/.gitconfig", "/tmp/aod-env"]) {
      expect(await text(sandbox, path)).not.toContain("ghp_");
    }
  });
});

describe("packages", () => {
  let registry: StubRegistry;
  beforeAll(async () => {
    registry = await startStubRegistry([
      {
        name: "hello-tool",
        version: "1.0.0",
        files: { cli: `#!/bin/sh\necho "hello from a package"\n` },
        manifest: { bin: { "hello-tool": "cli" } },
      },
    ]);
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("of npm go to the sandbox's own home, on the PATH of the setup script and of turns", async () => {
    const sandbox = await provision({
      envVars: registry.env,
      packages: { npm: ["hello-tool@1.0.0"] },
      setupScript: "hello-tool > said",
    });
    expect(await text(sandbox, "/workspace/said")).toBe("hello from a package\n");
    expect(await inTurn(sandbox, "command -v hello-tool")).toBe(`${sandbox.paths.home}/.local/bin/hello-tool\n`);
  });

  test("that do not exist fail with what the package manager says", async () => {
    const { message } = await failureOf({ envVars: registry.env, packages: { npm: ["no-such-tool"] } });
    expect(message).toMatch(/^Provisioning script failed: exit code 1\nstderr:\n[^]*E404/);
  });

  test("of all managers install in the wire's order, each as its own word", async () => {
    // Stand-ins that write down how they are called: the real ones would change this machine.
    const bin = join(folder, "bin");
    await mkdir(bin);
    for (const name of ["apt-get", "cargo", "gem", "go", "npm", "pip"]) {
      await writeFile(
        join(bin, name),
        `#!/bin/sh\n{ printf %s "${name}"; printf ' [%s]' "$@"; echo; } >> '${folder}/calls'\n`,
      );
      await chmod(join(bin, name), 0o755);
    }
    await provision({
      envVars: { PATH: `${bin}:/usr/bin:/bin` },
      packages: {
        pip: ["a", "b>=1"],
        npm: ["c"],
        go: ["d", "e"],
        gem: ["f"],
        cargo: ["g", "h"],
        apt: ["i", "j; rm x"],
      },
    });
    expect((await readFile(join(folder, "calls"), "utf8")).trimEnd().split("\n")).toEqual([
      "apt-get [update] [-qq]",
      "apt-get [install] [-y] [i] [j; rm x]",
      "cargo [install] [g]",
      "cargo [install] [h]",
      "gem [install] [f]",
      "go [install] [d]",
      "go [install] [e]",
      "npm [install] [--global] [c]",
      "pip [install] [a] [b>=1]",
    ]);
  });
});

describe("skills", () => {
  test("given inline become files, word for word", async () => {
    const content = "---\nname: greet\n---\n$(touch x) `y` 🌍\n";
    const sandbox = await provision({ skills: [{ name: "greet", description: "d", content }] });
    expect(await text(sandbox, "/home/sprite/.codex/skills/greet/SKILL.md")).toBe(content);
  });

  test("of a repository are added by the skills program, one or all", async () => {
    await using registry = await startStubRegistry([
      {
        name: "skills",
        version: "9.9.9",
        files: { cli: `#!/bin/sh\necho "$@" >> "$HOME/calls"\n` },
        manifest: { bin: { skills: "cli" } },
      },
    ]);
    const sandbox = await provision({
      envVars: registry.env,
      skills: [
        { type: "github", name: "one", description: "d", source: "o/r" },
        { type: "github", description: "d", source: "o/all" },
      ],
    });
    expect(await text(sandbox, "/home/sprite/calls")).toBe(
      "add o/r --global --agent codex --yes --skill one\nadd o/all --global --agent codex --yes\n",
    );
  });

  test("are refused by a runtime that has none, instead of dropped", async () => {
    const skills = [{ name: "greet", description: "d", content: "c" }];
    const { message, stage } = await failureOf({ runtime: runtimeFor("command"), skills });
    expect(stage).toBe("skills");
    expect(message).toBe("Runtime 'command' has no skills. Remove them from the agent or use another runtime.");
  });
});

describe("runtime config", () => {
  test("sees environment variables and secrets, and its refusals fail the stage", async () => {
    const sandbox = await provision({
      runtime: { ...runtimeFor("codex"), install: () => ({ version: "0", packages: {}, bin: "." }) },
      secretEnvVars: { OPENAI_API_KEY: "sk-1" },
      cacheDir: await fakeInstall("codex-0"),
    });
    expect(await text(sandbox, "/home/sprite/.codex/auth.json")).toBe(`{"OPENAI_API_KEY":"sk-1"}`);
    const { stage } = await failureOf({ mcpServers: [{ name: "a", url: "http://x" }] });
    expect(stage).toBe("runtime_config");
  });
});

async function fakeInstall(name: string): Promise<string> {
  await mkdir(join(folder, "runtimes", name), { recursive: true });
  return folder;
}

const stubDriver = {
  probe: () => Promise.resolve({ ok: true, missing: [] }),
  attach: () => Promise.resolve(null),
  reaches: () => true,
  list: () => Promise.resolve([]),
  warm: () => Promise.resolve(),
  close: () => undefined,
};

/** Makes git read https://github.com/o/ from a folder of this machine. */
function insteadOf(path: string): Record<string, string> {
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `url.file://${path}/.insteadOf`,
    GIT_CONFIG_VALUE_0: "https://github.com/o/",
  };
}

/** A bare repository `r` with two commits. */
async function makeRepository(parent: string): Promise<{ origin: string }> {
  const work = join(parent, "work");
  const git = (...args: string[]) =>
    run("git", ["-C", work, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args]);
  await mkdir(work);
  await git("init", "--quiet");
  await git("commit", "--quiet", "--allow-empty", "-m", "first");
  await writeFile(join(work, "README.md"), "# r\n");
  await git("add", "README.md");
  await git("commit", "--quiet", "-m", "second");
  await mkdir(join(parent, "origin"));
  await git("clone", "--quiet", "--bare", ".", join(parent, "origin", "r"));
  return { origin: join(parent, "origin") };
}
