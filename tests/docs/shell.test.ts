import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@aod/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { hasCurl } from "../conformance/curl/paste.ts";
import { findPython, installClient } from "../conformance/python/python-client.ts";
import { startModelEndpoint } from "../support/model-endpoint/model-endpoint.ts";
import type { ModelEndpoint } from "../support/model-endpoint/model-endpoint.ts";
import { networkEnvironment } from "../support/network-environment.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { blocksToRun, neverTaken, readBlocks, unlistedBlocks } from "./doc-blocks.ts";
import { snippetsOf } from "./markdown.ts";
import { runPython, runShell, runTypeScript } from "./run-shell.ts";

const answer = "Hello from the docs.";
const python = await findPython();
let endpoint: ModelEndpoint;
let server: ServerProcess;

beforeAll(async () => {
  endpoint = await startModelEndpoint();
  const { url } = endpoint.scenario("docs", () => ({ text: answer }));
  server = await startServerProcess({
    env: {
      ...networkEnvironment(),
      // The quickstart's agent has no environment, so its key and endpoint are the deployment's.
      AOD_SESSION_ENV_ANTHROPIC_API_KEY: "sk-scripted",
      AOD_SESSION_ENV_ANTHROPIC_BASE_URL: url,
    },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await endpoint[Symbol.asyncDispose]();
});

/** The session that was started last, once its turn is over; its id begins with what stands where the docs write `3f2a`. */
async function latestSession(): Promise<string> {
  await using client = new Client({ baseUrl: server.url, token: server.token });
  const [latest] = await client.sessions.list();
  if (latest === undefined) throw new Error("there is no session");
  await client.sessions.wait(latest.id);
  return latest.id.slice(0, 12);
}

test("every shell and Python block of the docs is run, or listed with the reason why not [D1]", () => {
  const blocks = readBlocks();
  expect(unlistedBlocks(blocks)).toEqual([]);
  expect(unlistedBlocks(new Map([...blocks, ["README.md#New", ["new-command"]]]))).toEqual([
    "README.md#New: 1 blocks, 0 listed",
  ]);
});

// Where it is missing, the conformance suite announces that the curl lines were not run.
if (hasCurl())
  describe("with curl", () => {
    test("the quickstart, the proof of completeness and a resumption run as they are printed [D1]", async () => {
      const [first = "", agent = "", goOn = ""] = blocksToRun("docs/quickstart.md#2. With curl");
      const proof = blocksToRun("docs/streaming.md#Proof of completeness");
      const short = blocksToRun("README.md#Proof that nothing is missing");
      const [resume = ""] = blocksToRun("docs/streaming.md#Resuming by hand");
      const parts = [[first], proof, short, [resume.replaceAll("42", "2")], [goOn]];
      const printed = await runShell(parts.map((part) => part.join("\n")).join("\necho ---\n"), { server });
      const [streamed = "", proved = "", again = "", resumed = "", after = ""] = printed.split("---\n");

      expect(streamed).toContain('"data":"');
      const { count, digest } = JSON.parse(/^data: (.*"exit".*)$/m.exec(streamed)?.[1] ?? "{}") as Record<
        string,
        unknown
      >;
      const [counted, hashed, terminal] = proved.trim().split("\n");
      expect({ count: Number(counted), digest: hashed?.slice(0, 64) }).toEqual({ count, digest });
      expect(terminal).toContain(`"count":${String(count)},"digest":"${String(digest)}"`);
      expect(again.split("\n")[0]?.slice(0, 64)).toBe(digest);
      const ids = (text: string) => text.match(/^id: \d+$/gm) ?? [];
      expect(ids(resumed)).toEqual([...ids(streamed).slice(2), ...ids(streamed).slice(2)]);
      expect(after).toContain('"status":"pending"');
      expect(after).toContain('{"detail":"Session deleted"}');
      expect(after).toMatch(/"archived_at":"2/);

      const stream = first.slice(first.indexOf("# Stream its output."));
      expect(await runShell(`${agent}\n${stream}`, { server })).toContain(answer);
    });

    test("the README's quickstart runs with runtime and with provider [D1]", async () => {
      const [whole = "", provider = ""] = blocksToRun("README.md#Quickstart with curl");
      expect(await runShell(whole, { server })).toContain(answer);
      const [, rest = ""] = whole.split("# 2. Start a session.");
      expect(await runShell(`${provider}\n${rest}`, { server })).toContain(answer);
    });

    test("the server's page asks for its health [D1]", async () => {
      const [health = ""] = blocksToRun("apps/server/README.md#");
      expect(JSON.parse(await runShell(health, { server }))).toMatchObject({ status: "ok" });
    });
  });

describe("the command line", () => {
  test("gets to a first agent as the README says [D1]", async () => {
    const [first = "", real = "", later = ""] = blocksToRun("README.md#Your first agent in five minutes");
    expect(await runShell(first, { server })).toBe("step 1\nstep 2\nstep 3\n");
    expect(await runShell(real, { server })).toContain(answer);
    const printed = await runShell(later, { server, session: await latestSession() });
    // The whole stream of the first turn, then the second turn.
    expect(printed.split(answer).length).toBeGreaterThan(2);
  });

  test("runs the quickstart's lines as they are printed [D1]", async () => {
    const [quickstart = ""] = blocksToRun("docs/quickstart.md#5. With the command line");
    const printed = await runShell(quickstart, { server });
    expect(printed).toContain("hello\n");
    expect(printed).toContain(answer);
    expect(printed).toMatch(/completed +0 +1 .*command/);
  });

  test("runs the lines of its own page as they are printed [D1]", async () => {
    const [look = ""] = blocksToRun("docs/cli.md#A first look");
    expect(await runShell(look, { server })).toContain(answer);

    const text = readFileSync(join(repositoryRoot, "docs/cli.md"), "utf8");
    const [manifest] = snippetsOf({ path: "docs/cli.md", text }).filter(({ language }) => language === "yaml");
    writeFileSync(join(server.folder, "agents.yaml"), manifest?.code ?? "");
    const [apply = ""] = blocksToRun("docs/cli.md#Agents and environments in a file");
    expect(await runShell(apply, { server })).toContain("created");

    const [scripts = ""] = blocksToRun("docs/cli.md#For scripts");
    const printed = await runShell(scripts, { server, session: await latestSession() });
    expect(printed.split(answer).length).toBeGreaterThan(2);

    const [completion = ""] = blocksToRun("docs/cli.md#Completion");
    await runShell(completion, { server });
  });

  test("shows agent events as their page says [D1]", async () => {
    const [lines = ""] = blocksToRun("docs/agent-events.md#Where they are");
    const [first = "", ...rest] = lines.split("\n");
    expect(await runShell(first, { server })).toContain(answer);
    const printed = await runShell(rest.join("\n"), { server, session: await latestSession() });
    expect(printed).toContain(answer);
  });

  test("makes owners and keys as self-hosting says [D1]", async () => {
    const [lines = ""] = blocksToRun("docs/self-hosting.md#Accounts and keys");
    expect((await runShell(lines, { server })).match(/aod_[\w-]{43}/g)).toHaveLength(3);
  });

  test("links and unlinks a subject as self-hosting says [D1]", async () => {
    const [lines = ""] = blocksToRun("docs/self-hosting.md#Tokens of an identity provider");
    expect(await runShell(lines, { server })).toContain("open no account any more.");
  });
});

// Where it is missing, the conformance suite announces that Python was not run.
if (python !== null)
  describe("with Python", () => {
    let program: string;
    // Downloads it on a machine that has never run this.
    beforeAll(async () => {
      program = await installClient(python);
    }, 400_000);

    test.each(["README.md#Quickstart with Python", "docs/quickstart.md#4. With Python"])(
      "%s runs as it is printed [D1]",
      async (place) => {
        const [code = ""] = blocksToRun(place);
        expect(await runPython(program, code, server)).toContain(answer);
      },
    );
  });

test("the TypeScript quickstart runs as it is printed [D1]", async () => {
  const path = "docs/quickstart.md";
  const text = readFileSync(join(repositoryRoot, path), "utf8");
  const [code = ""] = snippetsOf({ path, text }).flatMap((snippet) =>
    snippet.language === "ts" ? [snippet.code] : [],
  );
  expect(await runTypeScript(code, server)).toMatch(/hello\n\[exit 0\]\n$/);
});

// Last, when the tests above have taken theirs.
if (hasCurl() && python !== null)
  test("every block that is listed to be run was run [D1]", () => {
    expect(neverTaken()).toEqual([]);
  });
