import { expect, test } from "vitest";
import { answers, env, events, id, start } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

test("shows all turns with their prompts, and how the sandbox was made on standard error", async () => {
  await using server = await startScriptedServer(answers);
  const { code, stdout, stderr } = await runCommand(["logs", id], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "First answer.\n\nturn 2: Go on.\nSecond answer.\n" });
  expect(stderr).toMatch(/^✓ Installed claude 3\.2s\n✓ Sandbox ready 3\.2s\n✓ Done/);
});

test.each([
  [["--raw"], events.flatMap((event) => ("data" in event ? [event.data] : [])).join("")],
  [["--json"], events.map((event) => `${JSON.stringify(event)}\n`).join("")],
])("%j prints them as they are", async (flags, expected) => {
  await using server = await startScriptedServer(answers);
  const { stdout, stderr } = await runCommand(["logs", id, ...flags], { env: env(server.url) });
  expect({ stdout, stderr }).toEqual({ stdout: expected, stderr: "" });
});

test("AOD_OUTPUT chooses, flags win over it, and nonsense in it is misuse", async () => {
  await using server = await startScriptedServer(answers);
  const logs = (output: string, ...flags: string[]) =>
    runCommand(["logs", id, ...flags], { env: { ...env(server.url), AOD_OUTPUT: output } });
  expect((await logs("raw")).stdout).toContain('"type":"assistant"');
  expect((await logs("raw", "--pretty", "--quiet")).stdout).toBe("First answer.\n\nturn 2: Go on.\nSecond answer.\n");
  expect(await logs("loud")).toMatchObject({ code: 2 });
});

test("--quiet prints nothing but the agent's output", async () => {
  await using server = await startScriptedServer(answers);
  expect((await runCommand(["logs", id, "--quiet"], { env: env(server.url) })).stderr).toBe("");
});

test("prints what a running session has written so far, and asks the server for no more", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: { events: events.slice(0, 6) },
  });
  const { code, stdout } = await runCommand(["logs", id, "--since", "1"], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "First answer.\n" });
  const { searchParams } = new URL(server.seen.at(-1)?.path ?? "", server.url);
  expect(Object.fromEntries(searchParams)).toEqual({ since: "1", follow: "false" });
});

test("--follow stays until the turn is over", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}/stream`]: [
      { events: [...events.slice(0, 6), { type: "stale", id: 4, message: "No output for 600s" }] },
      { events: [start, ...events.slice(6)] },
    ],
    [`GET /sessions/${id}/turns`]: answers[`GET /sessions/${id}/turns`],
  });
  const { stdout } = await runCommand(["logs", id, "--follow"], { env: env(server.url) });
  expect(stdout).toContain("Second answer.");
  expect(server.seen[0]?.path).not.toContain("follow");
});

test("says how a session ended that has no exit code", async () => {
  const failed = { type: "error", id: 2, message: "Session failed", reason: "provision failed: no network" };
  await using server = await startScriptedServer({ [`GET /sessions/${id}/stream`]: { events: [start, failed] } });
  const { code, stderr } = await runCommand(["logs", id], { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "The session failed: provision failed: no network\n" });
});
