import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screenOf } from "@aod/testing/terminal";
import { expect, onTestFinished, test } from "vitest";
import { startAodOnTerminal } from "../../../test/support/terminal.ts";
import { resolveServer } from "./resolve-server.ts";
import { serveAsChild } from "./index.ts";

test("finds the server's sources from the sources of the command line", () => {
  const { nodeArgs, entry } = resolveServer();
  expect(nodeArgs).toEqual(["--conditions=@aod/source"]);
  expect(entry).toMatch(/apps\/server\/src\/bin\.ts$/);
});

test("says how to install a server that is not there", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "resolve-server.ts"));
  const code = `const { resolveServer } = await import(${module});
    try { resolveServer(["/noop.js"]); } catch (error) { console.log(error.message, error.hint); }`;
  // In a process of its own: the test runner adds folders (NODE_PATH) in which the server would be found.
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stdout = await child.stdout.setEncoding("utf8").toArray();
  expect(stdout.join("")).toBe(
    "The server is not installed: the package @aod/server was not found. " +
      "Install it beside this command: npm install --global @aod/server\n",
  );
});

test("ends with the code of a server that is a child, and with 128 + the signal that ended it", async () => {
  expect(await serveAsChild(["-e", "process.exit(Number(process.env.CODE))"], { CODE: "7" })).toBe(7);
  expect(await serveAsChild(["-e", "process.kill(process.pid, 'SIGTERM')"], {})).toBe(143);
});

test("hands signals on to a server that is a child", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-serve-"));
  const script = join(folder, "parent.ts");
  const server = `process.on("SIGTERM", () => { console.log("told to stop"); process.exit(9); }); console.log("ready"); setInterval(() => {}, 1000);`;
  await writeFile(
    script,
    `import { serveAsChild } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
process.exitCode = await serveAsChild(["-e", ${JSON.stringify(server)}], process.env);`,
  );
  const parent = spawn(process.execPath, ["--conditions=@aod/source", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  parent.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (text.includes("ready")) parent.kill("SIGTERM");
  });
  await once(parent, "close");
  await rm(folder, { recursive: true });
  expect({ code: parent.exitCode, stdout }).toEqual({ code: 9, stdout: "ready\ntold to stop\n" });
});

test("speaks to people on a terminal: what is ready, one warning, and that turns go on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aod-serve-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const terminal = startAodOnTerminal(["serve", "--driver", "local", "--port", "0"], {
    HOME: folder,
    AOD_DATA_DIR: join(folder, "data"),
    AOD_CACHE_DIR: join(folder, "cache"),
    AOD_CONFIG_DIR: join(folder, "config"),
  });
  await terminal.shows("WITHOUT ISOLATION");
  terminal.type("\u0003");
  expect(await terminal.exitCode).toBe(0);
  const screen = screenOf(terminal.output());
  expect(screen).toMatch(/^Agent on Demand is ready at http/);
  expect(screen.match(/without isolation/gi)).toHaveLength(1);
  expect(screen).toContain("Stopped. Running turns go on.\n");
  expect(screen).not.toContain("{");
});
