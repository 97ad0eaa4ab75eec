import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unusedPort } from "@aod/testing/unused-port";
import { expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/support/run-command.ts";
import { startScriptedServer } from "../test/support/scripted-server.ts";
import { describeError } from "./describe-error.ts";
import { createTheme } from "./output/theme.ts";

const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_verysecret" });
const id = "50000000-0000-4000-8000-000000000001";

test.each([
  [404, { detail: "Session not found" }, "Session not found\naod sessions list shows what there is.\n"],
  [409, { detail: "Session has been terminated" }, "Session has been terminated\n"],
])("explains %i", async (status, json, expected) => {
  await using server = await startScriptedServer({ [`GET /sessions/${id}`]: { status, json } });
  const { code, stderr } = await runCommand(["sessions", "get", id], { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `error: ${expected}` });
});

test("says where the key came from that the server refuses", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-refused-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await using server = await startScriptedServer({
    "GET /agents": { status: 401, json: { detail: "Invalid API key" } },
  });
  const key = join(folder, "key");
  await writeFile(key, "aod_file");
  const profiles = { work: { url: server.url, token: "aod_saved" } };
  await writeFile(join(folder, "credentials.json"), JSON.stringify({ current: "work", profiles }), { mode: 0o600 });
  const list = async (variables: Record<string, string>, ...flags: string[]) => {
    const all = { AOD_CONFIG_DIR: folder, ...variables };
    return (await runCommand(["agents", "list", ...flags], { env: all })).stderr;
  };
  expect(await list({ AOD_API_TOKEN: "aod_env" })).toBe(
    "error: Invalid API key\nThe key is that of AOD_API_TOKEN, which wins over saved ones. Set another, or unset it and use: aod login\n",
  );
  expect(await list({}, "--token-file", key)).toContain(`The key is that of --token-file ${key}.`);
  expect(await list({})).toContain("The key is that of the profile work. Save another with: aod login --profile work");
});

test.each([
  [
    429,
    "Concurrent session limit reached (1/1). Terminate an active session before starting a new one.",
    "aod sessions list --status running shows them; aod sessions terminate ID ends one.",
  ],
  [503, "Session backend is not configured", "Start the server with a driver: aod serve --driver local"],
])("says what to do about %i %s", async (status, detail, hint) => {
  await using server = await startScriptedServer({ "POST /sessions": { status, json: { detail } } });
  const argv = ["sessions", "create", "--agent", "a0000000-0000-4000-8000-000000000001", "hi"];
  const { code, stderr } = await runCommand(argv, { env: env(server.url) });
  expect({ code, stderr }).toEqual({ code: 1, stderr: `error: ${detail}\n${hint}\n` });
});

test("says that nothing listens there, and how to start a server", async () => {
  const port = await unusedPort();
  // Making a key is never repeated, so the test need not wait for retries.
  const { code, stderr } = await runCommand(["keys", "create"], { env: env(`http://127.0.0.1:${port}`) });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `error: Cannot reach the server at http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}\n` +
      "Is it running? Start one here with: aod serve --driver local. aod doctor looks further.\n",
  );
});

test("never shows the key", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: { status: 500, json: { detail: "boom aod_verysecret" } },
  });
  const { code, stderr } = await runCommand(["sessions", "get", id], { env: env(server.url) });
  expect(code).toBe(1);
  expect(stderr).toContain("boom");
  expect(stderr).not.toContain("verysecret");
});

test("owns up to a fault of its own, with a stack only when asked", async () => {
  const theme = createTheme(false);
  const quiet = await describeError(new TypeError("x is not a function"), { theme, debug: false });
  expect(quiet).toEqual({
    text: "error: Something unexpected happened: x is not a function\nThis is a fault of aod itself. AOD_DEBUG=1 shows where.\n",
    exitCode: 1,
  });
  const loud = await describeError(new TypeError("x is not a function"), { theme, debug: true });
  expect(loud.text).toContain("describe-error.test.ts");
});
