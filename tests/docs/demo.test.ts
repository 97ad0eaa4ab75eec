import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { processesNaming } from "../support/processes-naming.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aod-demo-test-"));
  chmodSync(folder, 0o755);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the demo with everything temporary in `folder`; a signal is sent once `when` was printed. */
async function runDemo(stop?: { readonly signal: NodeJS.Signals; readonly when: string }) {
  const demo = spawn(process.execPath, ["--conditions=@aod/source", "examples/demo/src/main.ts"], {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let seen = 0;
  demo.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  demo.stdout.setEncoding("utf8").on("data", (text: string) => {
    const before = stdout;
    stdout += text;
    seen = Math.max(seen, processesNaming(folder).length);
    if (stop && stdout.includes(stop.when) && !before.includes(stop.when)) demo.kill(stop.signal);
  });
  await once(demo, "close");
  return { code: demo.exitCode, stdout, stderr, seen };
}

test("the demo runs a session to the end though its server is killed, proves its stream complete and leaves nothing behind [D1] [L2] [L4] [T4]", async () => {
  const { code, stdout, stderr, seen } = await runDemo();
  // What is looked for at the end was there while the demo ran.
  expect(seen).toBeGreaterThan(1);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "this line went to standard error\n" });
  expect(stdout).toMatch(/^exit 0$/m);
  expect(stdout.match(/^step \d/gm)).toEqual([
    "step 1",
    "step 2",
    "step 3",
    "step 4",
    "step 5",
    "step 6",
    "step 7",
    "step 8",
  ]);
  expect(stdout).toContain("The server is killed with SIGKILL");
  const proofs = [...stdout.matchAll(/count (\d+), digest ([0-9a-f]{64})$/gm)].map(([, ...proof]) => proof);
  expect(proofs).toHaveLength(2);
  expect(proofs[0]).toEqual(proofs[1]);
  expect(readdirSync(folder).filter((name) => name.startsWith("aod-demo-"))).toEqual([]);
  expect(processesNaming(folder)).toEqual([]);
});

test.each([
  { signal: "SIGINT", when: "step 2" },
  { signal: "SIGTERM", when: "1/5" },
  { signal: "SIGINT", when: "The server is killed" },
] as const)("a demo that gets $signal at $when cleans up and ends with 130 [T4]", async (stop) => {
  const { code, stdout, stderr } = await runDemo(stop);
  expect(code).toBe(130);
  expect(stderr).toContain("The demo did not finish");
  expect(stdout).toContain("Nothing is left running.");
  expect(readdirSync(folder).filter((name) => name.startsWith("aod-demo-"))).toEqual([]);
  expect(processesNaming(folder)).toEqual([]);
});
