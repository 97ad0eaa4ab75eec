import type { Command } from "commander";
import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { runCommand } from "../test/support/run-command.ts";
import { createProgram } from "./cli.ts";
import type { Invocation } from "./context.ts";

/** The invocation that a command line comes to; nothing is run. */
async function parse(line: string): Promise<Pick<Invocation, "command" | "options"> | undefined> {
  let seen: Pick<Invocation, "command" | "options"> | undefined;
  const ignore = (): void => undefined;
  const program = createProgram(
    ({ command, options }) => {
      seen = { command, options };
      return Promise.resolve();
    },
    { writeOut: ignore, writeErr: ignore },
  );
  // Single quotes are all the quoting that the table needs.
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  await program.parseAsync(words, { from: "user" });
  return seen;
}

describe("a command line becomes a command and typed options", () => {
  test.each<[line: string, command: string, options: unknown]>([
    ["serve", "serve", {}],
    [
      "serve --port 0 --host 0.0.0.0 --data-dir /d --driver local --role api --json",
      "serve",
      { port: 0, host: "0.0.0.0", dataDir: "/d", driver: "local", role: "api", json: true },
    ],
    ["run 'Say hello.'", "run", { prompt: ["Say hello."] }],
    ["run say hello", "run", { prompt: ["say", "hello"] }],
    ["run -", "run", { prompt: ["-"] }],
    [
      "run --runtime command --model m --system s --env A=1 --env B=x=y --secret K --secret L --timeout 30 --repo u x",
      "run",
      {
        runtime: "command",
        model: "m",
        system: "s",
        env: { A: "1", B: "x=y" },
        secret: ["K", "L"],
        timeout: 30,
        repo: ["u"],
        prompt: ["x"],
      },
    ],
    [
      "run --url http://h:1 --token-file /t --json x",
      "run",
      { url: "http://h:1", tokenFile: "/t", json: true, prompt: ["x"] },
    ],
    ["run -d --raw x", "run", { detach: true, raw: true, prompt: ["x"] }],
    ["run --quiet --pretty --profile work x", "run", { quiet: true, pretty: true, profile: "work", prompt: ["x"] }],
    ["attach 3f2a --raw", "attach", { session: "3f2a", raw: true }],
    ["prompt 3f2a --detach go on", "prompt", { session: "3f2a", detach: true, prompt: ["go", "on"] }],
    ["logs 3f2a -f --since 4 -q", "logs", { session: "3f2a", follow: true, since: 4, quiet: true }],
    ["wait 3f2a 81c0 --timeout 5", "wait", { sessions: ["3f2a", "81c0"], timeout: 5 }],
    ["ps", "ps", { interval: 2 }],
    ["ps -aw --interval 0.5", "ps", { all: true, watch: true, interval: 0.5 }],
    ["open 3f2a --print", "open", { session: "3f2a", print: true }],
    ["apply -f a.yaml --file - --dry-run", "apply", { file: ["a.yaml", "-"], dryRun: true }],
    ["doctor --json", "doctor", { json: true }],
    [
      "login --url http://h:1 --profile p --token-file /t",
      "login",
      { url: "http://h:1", profile: "p", tokenFile: "/t" },
    ],
    ["profiles list", "profiles list", {}],
    ["profiles use work", "profiles use", { name: "work" }],
    ["profiles remove work --json", "profiles remove", { name: "work", json: true }],
    ["completion zsh", "completion", { shell: "zsh" }],
    ["sessions events 3f2a --turn 2", "sessions events", { session: "3f2a", turn: 2 }],
    ["sessions interrupt 3f2a", "sessions interrupt", { session: "3f2a" }],
    ["sessions list", "sessions list", {}],
    ["sessions list --status failed --limit 3", "sessions list", { status: "failed", limit: 3 }],
    ["sessions get 3f2a --json", "sessions get", { session: "3f2a", json: true }],
    ["sessions create --agent hello --follow hi", "sessions create", { agent: "hello", follow: true, prompt: ["hi"] }],
    [
      "sessions create --agent a --environment e --env A=1 --secret K --repo u --timeout 10 -",
      "sessions create",
      { agent: "a", environment: "e", env: { A: "1" }, secret: ["K"], repo: ["u"], timeout: 10, prompt: ["-"] },
    ],
    ["sessions prompt 3f2a --follow go on", "sessions prompt", { session: "3f2a", follow: true, prompt: ["go", "on"] }],
    ["sessions turns 3f2a", "sessions turns", { session: "3f2a" }],
    ["sessions stream 3f2a --since 42 --stages", "sessions stream", { session: "3f2a", since: 42, stages: true }],
    ["sessions wait 3f2a --timeout 5", "sessions wait", { session: "3f2a", timeout: 5 }],
    ["sessions terminate 3f2a", "sessions terminate", { session: "3f2a" }],
    ["sessions delete 3f2a", "sessions delete", { session: "3f2a" }],
    ["agents list --json", "agents list", { json: true }],
    ["agents get hello", "agents get", { agent: "hello" }],
    [
      "agents create --name n --runtime claude --model m --system s --description d --environment e --metadata a=1",
      "agents create",
      {
        argv: [],
        name: "n",
        runtime: "claude",
        model: "m",
        system: "s",
        description: "d",
        environment: "e",
        metadata: { a: "1" },
      },
    ],
    [
      "agents create --name n --command python3 main.py",
      "agents create",
      { argv: [], name: "n", command: ["python3", "main.py"] },
    ],
    [
      "agents create --name n --runtime command -- sh -c 'echo hi'",
      "agents create",
      { argv: ["sh", "-c", "echo hi"], name: "n", runtime: "command" },
    ],
    ["agents create --file -", "agents create", { argv: [], file: "-" }],
    [
      "agents update n --name m --expect-version 3",
      "agents update",
      { agent: "n", argv: [], name: "m", expectVersion: 3 },
    ],
    ["agents update n -- sh -e", "agents update", { agent: "n", argv: ["sh", "-e"] }],
    ["agents update n --no-environment", "agents update", { agent: "n", argv: [], environment: false }],
    ["agents archive n", "agents archive", { agent: "n" }],
    ["agents versions n", "agents versions", { agent: "n" }],
    ["environments list", "environments list", {}],
    ["envs list", "environments list", {}],
    [
      "environments create --name n --package pip=requests --package pip=rich --package npm=@a/b --allow-host pypi.org",
      "environments create",
      { name: "n", package: { pip: ["requests", "rich"], npm: ["@a/b"] }, allowHost: ["pypi.org"] },
    ],
    ["environments update n --unrestricted", "environments update", { environment: "n", unrestricted: true }],
    ["environments delete n", "environments delete", { environment: "n" }],
    ["keys list", "keys list", {}],
    ["keys create", "keys create", { name: "cli" }],
    [
      "keys create --name ci --expires-at 2027-01-31T00:00:00Z",
      "keys create",
      { name: "ci", expiresAt: "2027-01-31T00:00:00Z" },
    ],
    ["keys delete ci", "keys delete", { key: "ci" }],
  ])("aod %s", async (line, command, options) => {
    expect(await parse(line)).toEqual({ command, options });
  });
});

describe("a wrong command line is refused", () => {
  test.each([
    "nonsense",
    "run --nonsense x",
    "run --timeout soon x",
    "run --env NOVALUE x",
    "serve --role boss",
    "serve --port abc",
    "serve --port 70000",
    "serve --driver magic",
    "run --timeout 5 x",
    "prompt 3f2a --timeout 4000 x",
    "run --runtime claud x",
    "run --raw --json x",
    "logs x --pretty --raw",
    "apply",
    "wait",
    "ps --interval 0",
    "completion tcsh",
    "profiles use",
    "sessions get",
    "sessions create hi",
    "sessions list --status asleep",
    "environments create --package requests",
  ])("aod %s", async (line) => {
    await expect(parse(line)).rejects.toBeInstanceOf(CommanderError);
  });
});

test.each([
  ["atach x", "(Did you mean attach?)"],
  ["sessions lst", "(Did you mean list?)"],
  ["run --dettach x", "(Did you mean --detach?)"],
  ["run --runtime claud x", "(Did you mean claude?)"],
  ["serve --role wroker", "(Did you mean worker?)"],
])("a typo is answered with what was meant: aod %s", async (line, suggestion) => {
  let said = "";
  const output = { writeOut: () => undefined, writeErr: (text: string) => (said += text) };
  const program = createProgram(() => Promise.resolve(), output);
  await expect(program.parseAsync(line.split(" "), { from: "user" })).rejects.toBeInstanceOf(CommanderError);
  expect(said).toContain(suggestion);
});

describe("help", () => {
  /** What a command line prints without a server. */
  const aod = (...argv: string[]) => runCommand(argv);

  test.each([[], ["agents"], ["sessions"], ["profiles"]])("is the answer to no subcommand: aod %s", async (...argv) => {
    const { code, stdout, stderr } = await aod(...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: ${["aod", ...argv].join(" ")} `);
  });

  test.each(commandLines(createProgram(() => Promise.resolve(), {})))("fits into 80 columns: aod %s", async (line) => {
    const { stdout } = await aod(...line.split(" "), "--help");
    // Examples are there to be copied, in one piece.
    const lines = (stdout.split("\nExamples:\n")[0] ?? "").split("\n");
    expect(lines.filter(({ length }) => length > 80)).toEqual([]);
  });

  test.each([
    ["run --nonsense", "(aod run --help shows what there is)"],
    ["agents lst", "(aod agents --help shows what there is)"],
    ["agents get", "(aod agents get --help shows what there is)"],
    ["nonsense", "(aod --help shows what there is)"],
    ["help nonsense", "error: unknown command 'nonsense'"],
  ])("that an error points at is that of the command: aod %s", async (line, hint) => {
    const { code, stderr } = await aod(...line.split(" "));
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });
});

/** Every command and subcommand. */
function commandLines(command: Command, before = ""): string[] {
  return command.commands.flatMap((each) => {
    const line = `${before}${each.name()}`;
    return [line, ...commandLines(each, `${line} `)];
  });
}
