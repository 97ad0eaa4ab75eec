import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AgentEvent } from "../src/index.ts";

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const fixture = (name: string): string => join(packageFolder, "src", "__fixtures__", name);
const examples = [...readFileSync(join(packageFolder, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];

let folder: string;

/** A project that has installed the package and has an example for each of its file names, and an agent to start. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aod-pretty-readme-"));
  mkdirSync(join(folder, "node_modules", "@aod"), { recursive: true });
  symlinkSync(packageFolder, join(folder, "node_modules", "@aod", "pretty"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const [index, [, code = ""]] of examples.entries()) writeFileSync(join(folder, `example-${index}.ts`), code);
  const agent = `#!/bin/sh\necho '{}' >&2\nexec cat '${fixture("claude/bash-write.jsonl")}'\n`;
  writeFileSync(join(folder, "claude"), agent, { mode: 0o755 });
  copyFileSync(fixture("gemini/shell-write.jsonl"), join(folder, "turn.jsonl"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runExample(index: number, input = ""): Promise<string> {
  const env = { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter), NODE_OPTIONS: "" };
  const args = ["--conditions=@aod/source", "--no-warnings", `example-${index}.ts`];
  const running = run(process.execPath, args, { cwd: folder, env });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

it("has an example of each use", () => {
  expect(examples).toHaveLength(5);
});

it("prints and decodes what is there", async () => {
  const printed = await runExample(0);
  expect(printed).toContain("🔧 Bash · ls\n   │ README.md\n\nOne file.\n\n✅ Done · 0.8s · 2 model turns\n");
  expect(printed).toContain("shell { command: 'ls' }\nsuccess One file.");
});

it("prints an agent that it starts, also what that writes to stderr", async () => {
  const printed = await runExample(1);
  expect(printed).toContain("{}\n");
  expect(printed).toContain("Done: note.txt contains");
  expect(printed).toMatch(/✅ Done · .*\n$/);
});

it("prints a stream", async () => {
  const printed = await runExample(2, readFileSync(fixture("codex/exec-write.jsonl"), "utf8"));
  expect(printed).toMatch(/^🚀 codex\n.*✅ Done · .*\n$/s);
});

it("decodes without printing", async () => {
  expect(await runExample(3)).toMatch(/^run_shell_command \{\n? +command: /);
});

it("reads a response as a browser does", async () => {
  const { readTurn } = (await import(pathToFileURL(join(folder, "example-4.ts")).href)) as {
    readTurn: (output: Response, onEvent: (event: AgentEvent) => void) => Promise<void>;
  };
  const events: AgentEvent[] = [];
  await readTurn(new Response(readFileSync(fixture("claude/text.jsonl"))), (event) => events.push(event));
  expect(events.map(({ type }) => type)).toStrictEqual(["session_start", "message", "result"]);
  expect(events.at(-1)).toMatchObject({ verdict: "success" });
});
