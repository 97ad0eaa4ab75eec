import { expect, test } from "vitest";
import { answers, env, id } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

const prompted = {
  ...answers,
  [`POST /sessions/${id}/prompt`]: { status: 202, json: { id, status: "pending", current_turn: 2 } },
};

test("starts the next turn and shows only that", async () => {
  await using server = await startScriptedServer(prompted);
  const { code, stdout } = await runCommand(["prompt", id, "Go", "on."], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Second answer.\n" });
});

test("returns at once with --detach; how to come back is not data", async () => {
  await using server = await startScriptedServer(prompted);
  const detach = (...flags: string[]) => runCommand(["prompt", id, "-d", ...flags, "Go on."], { env: env(server.url) });
  expect(await detach()).toEqual({
    code: 0,
    stdout: `${id}  pending\n`,
    stderr: `Follow it with: aod attach ${id}\n`,
  });
  expect(await detach("-q")).toEqual({ code: 0, stdout: `${id}\n`, stderr: "" });
});

test("names itself where there is no prompt", async () => {
  const { code, stderr } = await runCommand(["prompt", "3f2a"], { readStdin: () => Promise.resolve("") });
  expect(code).toBe(2);
  expect(stderr).toContain("| aod prompt 3f2a -\n");
});
