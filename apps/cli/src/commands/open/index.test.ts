import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { env, id, session } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

test("prints the session's page where there is one, else its stream", async () => {
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: [{ json: session }, { json: { ...session, web_url: `/app/sessions/${id}` } }],
  });
  const open = () => runCommand(["open", id, "--json"], { env: env(server.url) });
  expect(JSON.parse((await open()).stdout)).toEqual({ id, url: `${server.url}/sessions/${id}/stream` });
  expect(JSON.parse((await open()).stdout)).toEqual({ id, url: `${server.url}/app/sessions/${id}` });
});

test("starts the browser for web pages only, and only on a terminal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-open-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const browser = join(folder, "browser");
  const pipe = join(folder, "opened");
  // Each use of it is a line in the pipe, so that the test can wait for it.
  execFileSync("mkfifo", [pipe]);
  await writeFile(browser, `#!/bin/sh\necho "$1" > "${pipe}"\n`, { mode: 0o755 });
  await using server = await startScriptedServer({
    [`GET /sessions/${id}`]: [
      { json: { ...session, web_url: "file:///etc/passwd" } },
      { json: { ...session, web_url: "/app" } },
    ],
  });
  const open = () => runCommand(["open", id], { env: { ...env(server.url), BROWSER: browser }, terminal: true });
  expect((await open()).stdout).toBe("file:///etc/passwd\n");
  expect((await open()).stdout).toBe(`${server.url}/app\n`);
  expect(await readFile(pipe, "utf8")).toBe(`${server.url}/app\n`);
});
