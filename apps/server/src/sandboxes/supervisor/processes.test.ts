import { randomUUID } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { currentProcessMoment, findProcesses, identifyProcess, momentBefore } from "./processes.ts";

const source = fileURLToPath(new URL("./processes.ts", import.meta.url));

test("a process that runs is not taken for dead by one that can open no more files", () => {
  const script = `
    import { openSync } from "node:fs";
    import { isRunning } from ${JSON.stringify(source)};
    const alive = ${JSON.stringify(identifyProcess(process.pid))};
    const dead = { pid: 2 ** 22, startTime: "1" };
    try { for (;;) openSync("/dev/null"); } catch (error) {
      console.log(error.code, isRunning(alive), isRunning(dead));
    }`;
  const node = `exec "$0" --no-warnings --input-type=module --eval "$1"`;
  const { stdout } = spawnSync("bash", ["-c", `ulimit -n 100; ${node}`, process.execPath, script], {
    encoding: "utf8",
  });
  expect(stdout).toBe("EMFILE true false\n");
});

test("what a program left behind is found where the count of processes stands still", async () => {
  const env = { AOD_TEST: randomUUID() };
  const { lastPid, timeMs } = currentProcessMoment();
  const left = spawn("sleep", ["600"], { env, stdio: "ignore" });
  const pid = left.pid ?? 0;
  for (const moment of [
    { lastPid: 0, timeMs },
    { lastPid, timeMs },
    { lastPid: pid, timeMs },
    { lastPid: 2 ** 22, timeMs },
  ]) {
    expect(findProcesses({ marker: `AOD_TEST=${env.AOD_TEST}`, since: momentBefore(pid, moment) })).toEqual([pid]);
  }
  left.kill("SIGKILL");
  await once(left, "exit");
});

test("a moment says nothing of a process that the machine has not counted", () => {
  expect(momentBefore(2 ** 22 + 1, currentProcessMoment())).toBeUndefined();
});
