import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestSandboxes, type TestSandboxes } from "../../test/support/local-sandbox.ts";
import type { Sandbox } from "../sandboxes/sandbox-driver.ts";
import { runtimeFor } from "./index.ts";
import { prepareTurn, type TurnRequest } from "./prepare-turn.ts";

// Real npm, git and shells, on machines that do other things as well.
let sandboxes: TestSandboxes;
let sandbox: Sandbox;
beforeAll(async () => {
  sandboxes = await createTestSandboxes();
  sandbox = await sandboxes.create();
  await sandbox.writeFile("/tmp/aod-env", `SECRET='it'\\''s "a" $SECRET'\nLANG='C'\n`, 0o600);
});
afterAll(() => sandboxes[Symbol.asyncDispose]());

function prepare(request: Partial<TurnRequest> = {}) {
  return prepareTurn({
    runtime: runtimeFor("command"),
    sandbox,
    cacheDir: "/nowhere",
    turn: 1,
    prompt: "hello",
    system: "",
    model: "command",
    conversationId: "c",
    command: null,
    ...request,
  });
}

async function run(request: Partial<TurnRequest>) {
  const { argv, cwd, env, stdin } = await prepare(request);
  return sandbox.exec({ argv, cwd, env, stdin });
}

describe("the prompt", () => {
  test.each([
    [1, "", "hello"],
    [1, "Be brief.", "Be brief.\n\nhello"],
    [2, "", "hello"],
    [2, "Be brief.", "Be brief.\n\nhello"],
  ])("of turn %i with the system prompt %j reaches the program's input as %j", async (turn, system, expected) => {
    const { stdout, exitCode } = await run({ turn, system, command: ["cat"] });
    expect({ stdout, exitCode }).toEqual({ stdout: expected, exitCode: 0 });
  });

  test("runs in bash when the agent names no command", async () => {
    expect((await run({ prompt: "echo $((6 * 7)); pwd" })).stdout).toBe(`42\n${sandbox.paths.workspace}\n`);
  });
});

describe("the environment", () => {
  test("holds the session's variables, which win, and the sandbox's folders", async () => {
    const { stdout } = await run({ command: ["bash", "-c", `echo "$SECRET|$LANG|$HOME|$TMPDIR"`] });
    const { home, tmp } = sandbox.paths;
    expect(stdout).toBe(`it's "a" $SECRET|C|${home}|${tmp}\n`);
  });

  test("holds nothing else of the server's", async () => {
    process.env.AOD_ENCRYPTION_KEY = "the-key";
    try {
      expect((await run({ command: ["env"] })).stdout).not.toContain("the-key");
    } finally {
      delete process.env.AOD_ENCRYPTION_KEY;
    }
  });

  test("carries no secret in argv or in what the supervisor is told [S1]", async () => {
    await sandbox.writeFile("/tmp/aod-env", "SECRET='hunter2'\n", 0o600);
    expect(JSON.stringify(await prepare())).not.toContain("hunter2");
    expect((await run({ command: ["printenv", "SECRET"] })).stdout).toBe("hunter2\n");
  });

  test("finds programs of the server's PATH and those the session installed", async () => {
    await sandbox.writeFile("/home/sprite/.local/bin/own-tool", "#!/bin/sh\necho own\n", 0o755);
    expect((await run({ command: ["own-tool"] })).stdout).toBe("own\n");
    expect((await run({ command: ["npm", "--version"] })).exitCode).toBe(0);
  });

  test("reads the profile of the sandbox's home", async () => {
    await sandbox.writeFile("/home/sprite/.bash_profile", "export FROM_PROFILE=yes\n");
    expect((await run({ command: ["printenv", "FROM_PROFILE"] })).stdout).toBe("yes\n");
  });
});

test("a program that does not exist ends with 127 and says so", async () => {
  const { exitCode, stderr } = await run({ command: ["no-such-program"] });
  expect(exitCode).toBe(127);
  expect(stderr).toContain("no-such-program: not found");
});
