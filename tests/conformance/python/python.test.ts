import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { notRunBanner } from "@aod/testing/not-run";
import { startServerProcess, type ServerProcess, type ServerProcessOptions } from "../../support/server-process.ts";
import { findPython, installClient, pythonTour } from "./python-client.ts";

const tour = fileURLToPath(new URL("tour.py", import.meta.url));
const python = await findPython();

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail?: string;
}

test("an absent Python is announced, not passed over", async () => {
  expect(await findPython({ PATH: "/nowhere" })).toBeNull();
  expect(notRunBanner([pythonTour])).toContain("NOT RUN: the tour of the real Python client");
});

if (python !== null) {
  describe(`the real Python client on Python ${python.version}`, () => {
    let program: string;
    let everything: ServerProcess;
    let bare: ServerProcess;
    let strict: ServerProcess;
    const opened = new AsyncDisposableStack();

    beforeAll(async () => {
      program = await installClient(python);
      const start = async (options: ServerProcessOptions) => opened.use(await startServerProcess(options));
      everything = await start({ env: { AOD_MAX_CONCURRENT_SESSIONS: "2" } });
      bare = await start({ driver: null });
      strict = await start({ env: { AOD_REQUIRE_CREDENTIALS: "true" } });
    }, 400_000);

    afterAll(() => opened.disposeAsync());

    test.each(["sync", "async"])("passes its whole tour, %s [C1]", { timeout: 600_000 }, async (mode) => {
      const { checks, exitCode, stderr } = await runTour(program, mode, {
        TOUR_URL: everything.url,
        TOUR_TOKEN: everything.token,
        TOUR_BARE_URL: bare.url,
        TOUR_BARE_TOKEN: bare.token,
        TOUR_STRICT_URL: strict.url,
        TOUR_STRICT_TOKEN: strict.token,
      });
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(checks.length).toBeGreaterThan(150);
    });
  });
}

async function runTour(program: string, mode: string, settings: Record<string, string>) {
  const child = spawn(program, [tour, mode], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1", ...settings },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [exitCode] = (await once(child, "close")) as [number | null];
  const lines = stdout.trim().split("\n").filter(Boolean);
  const checks = lines
    .map((line) => JSON.parse(line) as Partial<Check>)
    .filter((line): line is Check => "check" in line);
  return { checks, exitCode, stderr };
}
