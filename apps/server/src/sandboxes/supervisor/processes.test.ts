import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { identifyProcess } from "./processes.ts";

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
