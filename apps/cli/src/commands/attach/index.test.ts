import { expect, test } from "vitest";
import { answers, env, id } from "../../../test/support/finished-session.ts";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

test("shows the current turn in words, and the verdict with usage and cost on standard error", async () => {
  await using server = await startScriptedServer(answers);
  const { code, stdout, stderr } = await runCommand(["attach", id], { env: env(server.url) });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "Second answer.\n" });
  expect(stderr).toMatch(/^✓ Done · 1\.2s · 1 model turn · 1\.2k in · 34 out · \$0\.0234\n$/);
});
