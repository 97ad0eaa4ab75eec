import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createProgram } from "@aod/cli";
import { expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { proseOf, readMarkdown, snippetsOf } from "./markdown.ts";
import type { MarkdownFile } from "./markdown.ts";
import { parseShell } from "./shell-lines.ts";

const run = promisify(execFile);

interface NamedCommand {
  /** `file:line` */
  readonly where: string;
  readonly words: readonly string[];
}

/** Every command that a file names: in its shell blocks, and as inline code that begins with npm or aod. */
function commandsOf(file: MarkdownFile): NamedCommand[] {
  const blocks = snippetsOf(file).filter(({ language }) => language === "sh" || language === "bash");
  const inline = [...proseOf(file).matchAll(/`((?:npm|aod|aod-server) [^`]+)`/g)].map(([, text = ""]) => ({
    where: file.path,
    text,
  }));
  return [
    ...blocks.flatMap(({ code, line }) =>
      parseShell(code).map((command) => ({ where: `${file.path}:${line + command.line}`, words: command.words })),
    ),
    ...inline.flatMap(({ where, text }) => parseShell(text).map(({ words }) => ({ where, words }))),
  ];
}

function hasScript(folder: string, name: string): boolean {
  const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, folder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  return Object.hasOwn(scripts, name);
}

/** The folder that npm is told to work in, and the command without it. */
function prefixOf(words: readonly string[]): [folder: string, words: readonly string[]] {
  return words[1] === "--prefix" ? [words[2] ?? "", ["npm", ...words.slice(3)]] : [".", words];
}

/** The npm script that a command runs, or null. */
function scriptOf([program, ...rest]: readonly string[]): string | null {
  if (program !== "npm") return null;
  const [verb, name] = rest.filter((word) => word !== "-s");
  if (verb === "test") return "test";
  return verb === "run" ? (name ?? "") : null;
}

/** The arguments of `aod`, started directly or through npm, or null. A line that only names a kind of command is none. */
function aodArguments(words: readonly string[]): readonly string[] | null {
  const args =
    words[0] === "aod" ? words.slice(1) : scriptOf(words) === "aod" ? words.slice(words.indexOf("--") + 1) : null;
  // `<` begins a redirection or a placeholder such as <command>; neither is for aod to parse.
  const end = args?.findIndex((word) => word.startsWith("<") || word.startsWith(">")) ?? -1;
  return args && end >= 0 ? args.slice(0, end) : args;
}

/** The arguments of `aod-server`, started directly or through npm, or null. */
function serverArguments(words: readonly string[]): readonly string[] | null {
  if (words[0] === "aod-server") return words.slice(1);
  return scriptOf(words) === "aod-server" ? words.slice(words.indexOf("--") + 1) : null;
}

/** What is wrong with an `aod` command line; null when nothing is. Runs none of it. */
async function misuseOf(args: readonly string[]): Promise<string | null> {
  let said = "";
  const program = createProgram(() => Promise.resolve(), {
    writeOut: () => undefined,
    writeErr: (text) => (said += text),
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return null;
  } catch (error) {
    return (error as { exitCode?: number }).exitCode === 0 ? null : said;
  }
}

const commands = readMarkdown().flatMap(commandsOf);

test("every npm script that the docs name exists [D1]", () => {
  const named = commands.flatMap(({ where, words }) => {
    const [folder, command] = prefixOf(words);
    const script = scriptOf(command);
    return script === null ? [] : [{ where, folder, script }];
  });
  expect(named.map(({ script }) => script)).toEqual(expect.arrayContaining(["demo", "test", "aod"]));
  expect(named.filter(({ folder, script }) => !hasScript(folder, script))).toEqual([]);
});

test("every aod command line of the docs is one that aod takes [D1]", async () => {
  const wrong: string[] = [];
  let checked = 0;
  for (const { where, words } of commands) {
    const args = aodArguments(words);
    // `aod` alone, and a group such as `aod sessions`, are names in a sentence.
    if (args === null || args.length < 1 || (args.length === 1 && args[0] !== "serve")) continue;
    checked++;
    const said = await misuseOf(args);
    if (said !== null) wrong.push(`${where}: aod ${args.join(" ")}: ${said}`);
  }
  expect(checked).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
});

// Whether it also does what it says is for the tests that run it.
test("every aod-server command line of the docs has options that aod-server takes [D1]", async () => {
  const lines = new Set(commands.flatMap(({ words }) => serverArguments(words)?.join("\0") ?? []));
  expect(lines.size).toBeGreaterThan(3);
  const bin = join(repositoryRoot, "apps/server/src/bin.ts");
  const help = (args: readonly string[]) => run(process.execPath, ["--conditions=@aod/source", bin, ...args, "--help"]);
  await Promise.all([...lines].map((line) => help(line.split("\0"))));
  await expect(help(["--nope"])).rejects.toThrow("--nope");
});

test("every folder of the map in AGENTS.md exists", () => {
  const map = /## Map\s+```\n([\s\S]*?)```/.exec(readFileSync(join(repositoryRoot, "AGENTS.md"), "utf8"))?.[1] ?? "";
  const folders = map
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(/\s/)[0] ?? "");
  expect(folders.length).toBeGreaterThan(8);
  expect(folders.filter((folder) => !existsSync(join(repositoryRoot, folder)))).toEqual([]);
});

test("a planted mistake is found", async () => {
  const file = { path: "x.md", text: "```sh\nFOO=$(npm run nope) # comment\naod run \\\n  --nope 'a b' | jq .\n```\n" };
  expect(commandsOf(file)).toEqual([
    { where: "x.md:2", words: ["npm", "run", "nope"] },
    { where: "x.md:3", words: ["aod", "run", "--nope", "a b"] },
    { where: "x.md:4", words: ["jq", "."] },
  ]);
  expect(await misuseOf(["run", "--nope", "a b"])).toContain("unknown option");
});
