import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryRoot } from "../architecture/workspace.ts";
import { hasCurl } from "../conformance/curl/paste.ts";
import { startModelEndpoint } from "../support/model-endpoint/model-endpoint.ts";
import type { ModelEndpoint } from "../support/model-endpoint/model-endpoint.ts";
import { networkEnvironment } from "../support/network-environment.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { shellBlocks, snippetsOf } from "./markdown.ts";
import { runShell, runTypeScript } from "./run-shell.ts";

let endpoint: ModelEndpoint;
let server: ServerProcess;

beforeAll(async () => {
  endpoint = await startModelEndpoint();
  const { url } = endpoint.scenario("docs", () => ({ text: "Hello from the docs." }));
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

/** The blocks of a section. A new one fails here, so that somebody decides how it is run. */
function blocks(path: string, heading: string, count: number): string[] {
  const found = shellBlocks(path, heading);
  expect(found).toHaveLength(count);
  return found;
}

// Where it is missing, the conformance suite announces that the curl lines were not run.
if (hasCurl()) {
  test("the curl quickstart and the proof of completeness run as they are printed [D1]", async () => {
    const [first = "", , goOn = ""] = blocks("docs/quickstart.md", "2. With curl", 3);
    const proof = blocks("docs/streaming.md", "Proof of completeness", 3);
    const short = blocks("README.md", "Proof that nothing is missing", 1);
    const printed = await runShell(
      [first, "echo ---", ...proof, "echo ---", ...short, "echo ---", goOn].join("\n"),
      server,
    );
    const [streamed = "", proved = "", again = "", after = ""] = printed.split("---\n");

    expect(streamed).toContain('"data":"');
    const { count, digest } = JSON.parse(/^data: (.*"exit".*)$/m.exec(streamed)?.[1] ?? "{}") as Record<
      string,
      unknown
    >;
    const [counted, hashed, terminal] = proved.trim().split("\n");
    expect({ count: Number(counted), digest: hashed?.slice(0, 64) }).toEqual({ count, digest });
    expect(terminal).toContain(`"count":${String(count)},"digest":"${String(digest)}"`);
    expect(again.split("\n")[0]?.slice(0, 64)).toBe(digest);
    expect(after).toContain('"status":"pending"');
    expect(after).toContain('{"detail":"Session deleted"}');
    expect(after).toMatch(/"archived_at":"2/);
  });

  test("the README's curl quickstart runs with runtime and with provider [D1]", { timeout: 300_000 }, async () => {
    const [whole = "", provider = ""] = blocks("README.md", "Quickstart with curl", 2);
    expect(await runShell(whole, server)).toContain("Hello from the docs.");
    const [, rest = ""] = whole.split("# 2. Start a session.");
    expect(await runShell(`${provider}\n${rest}`, server)).toContain("Hello from the docs.");
  });
}

test("the lines for the command line run as they are printed [D1]", { timeout: 300_000 }, async () => {
  const [quickstart = ""] = blocks("docs/quickstart.md", "5. With the command line", 1);
  const printed = await runShell(quickstart, server);
  expect(printed).toContain("hello\n");
  expect(printed).toContain("Hello from the docs.");
  expect(printed).toMatch(/completed +0 +1 .*command/);

  const [first = ""] = blocks("README.md", "Your first agent in five minutes", 3);
  expect(await runShell(first, server)).toBe("step 1\nstep 2\nstep 3\n");
});

test("the TypeScript quickstart runs as it is printed [D1]", async () => {
  const path = "docs/quickstart.md";
  const text = readFileSync(join(repositoryRoot, path), "utf8");
  const [code = ""] = snippetsOf({ path, text }).flatMap((snippet) =>
    snippet.language === "ts" ? [snippet.code] : [],
  );
  expect(await runTypeScript(code, server)).toMatch(/hello\n\[exit 0\]\n$/);
});
