import { expect, test } from "vitest";
import { env, id, other, session } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";
import { Interrupted } from "../../stop-reasons.ts";

test("lists what is at work, with --all the rest", async () => {
  const running = { ...session, id: other, status: "running" };
  await using server = await startScriptedServer({
    "GET /sessions": { json: { data: [running, session] } },
    "GET /agents": { json: { data: [{ id: session.agent_id, name: "reviewer" }] } },
  });
  const { stdout } = await runCommand(["ps"], { env: env(server.url) });
  expect(stdout).toBe(
    "SESSION                               STATUS   TURN  STARTED  RUNTIME  AGENT\n" +
      `${other}  running  2     1h ago   claude   reviewer\n`,
  );
  const all = await runCommand(["ps", "--all", "--json"], { env: env(server.url) });
  expect(JSON.parse(all.stdout)).toEqual({ data: [running, session] });
});

test("--watch draws over what it drew before, until Ctrl-C", async () => {
  await using server = await startScriptedServer({
    "GET /sessions": [{ json: { data: [{ ...session, status: "running" }] } }, { json: { data: [] } }],
    "GET /agents": { json: { data: [] } },
  });
  const stop = new AbortController();
  const { code, stdout } = await runCommand(["ps", "--watch", "--interval", "0.1"], {
    env: { ...env(server.url), NO_COLOR: "1" },
    terminal: true,
    signal: stop.signal,
    onStdout: (text) => {
      if (text.includes("Nothing is running")) stop.abort(new Interrupted());
    },
  });
  expect(code).toBe(0);
  expect(stdout).toContain(`${id}  running`);
  expect(stdout).toContain("\u001b[2A\r\u001b[JNothing is running.");
});
