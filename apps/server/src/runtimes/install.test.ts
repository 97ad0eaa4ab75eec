import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startStubRegistry, type StubRegistry } from "../../test/support/stub-registry.ts";
import { claudeRuntime } from "./claude.ts";
import { installRuntime, RuntimeInstallError } from "./install.ts";
import type { Machine } from "./machine.ts";
import { runtimeFor } from "./index.ts";
import type { Runtime } from "./runtime.ts";

// Real npm, git and shells, on machines that do other things as well.
const run = promisify(execFile);
const linux: Machine = { platform: "linux", arch: "x64", musl: false, avx2: true };

const tiny: Runtime = {
  ...claudeRuntime,
  install: () => ({
    version: "1.2.3",
    packages: { "tiny-cli": "1.2.3" },
    bin: "node_modules/tiny-cli/cli",
    pathFolders: ["node_modules/tiny-cli/helpers"],
  }),
};

let registry: StubRegistry;
let cacheDir: string;

beforeAll(async () => {
  registry = await startStubRegistry([
    {
      name: "tiny-cli",
      version: "1.2.3",
      files: { cli: "#!/bin/sh\necho tiny\n" },
      // Would make the install fail, should it run.
      manifest: { scripts: { postinstall: "exit 1" } },
    },
    {
      name: "talkative",
      version: "1.0.0",
      files: { "cli.js": `process.stdout.write("x".repeat(1_000_000)); process.exit(0);` },
    },
  ]);
});
afterAll(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "aod-install-"));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const env = () => ({ PATH: process.env.PATH, HOME: cacheDir, ...registry.env });
const folder = () => join(cacheDir, "runtimes", "claude-1.2.3");

test("installs the pinned packages without running their scripts, and leaves nothing else behind", async () => {
  const { program, pathFolders } = await installRuntime(tiny, { cacheDir, env: env() });
  expect(program).toEqual([join(folder(), "node_modules/tiny-cli/cli")]);
  expect(pathFolders).toEqual([join(folder(), "node_modules/tiny-cli/helpers")]);
  expect((await run(program[0] ?? "")).stdout).toBe("tiny\n");
  expect(await readdir(join(cacheDir, "runtimes"))).toEqual(["claude-1.2.3"]);
});

test("starts JavaScript on the server's own Node, in a way that loses no output at its end", async () => {
  const talkative: Runtime = {
    ...tiny,
    install: () => ({
      version: "1.0.0",
      packages: { talkative: "1.0.0" },
      bin: "node_modules/talkative/cli.js",
      interpreter: "node",
    }),
  };
  const { program } = await installRuntime(talkative, { cacheDir, env: env() });
  expect(program[0]).toBe(process.execPath);
  const { stdout } = await run("sh", ["-c", `"$@" | wc -c`, "--", ...program]);
  expect(Number(stdout)).toBe(1_000_000);
});

test("uses what is installed already without asking npm", async () => {
  const first = await installRuntime(tiny, { cacheDir, env: env() });
  const second = await installRuntime(tiny, { cacheDir, env: { PATH: "/nowhere" } });
  expect(second).toEqual(first);
});

test("installs once when several processes ask at the same time", async () => {
  const before = registry.requests.filter((path) => path.endsWith(".tgz")).length;
  const script = `
    import { installRuntime } from ${JSON.stringify(new URL("install.ts", import.meta.url).href)};
    const runtime = { name: "claude", install: () => (${JSON.stringify(tiny.install?.(linux))}) };
    const { program } = await installRuntime(runtime, { cacheDir: process.env.CACHE, env: process.env });
    console.log(program[0]);`;
  const ask = () =>
    run(process.execPath, ["--conditions=@aod/source", "--input-type=module", "--eval", script], {
      // Each has an npm cache of its own, so that every download is seen.
      env: { ...env(), CACHE: cacheDir, npm_config_cache: join(cacheDir, crypto.randomUUID()) },
    });
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(new Set(answers.map(({ stdout }) => stdout.trim()))).toEqual(
    new Set([join(folder(), "node_modules/tiny-cli/cli")]),
  );
  expect(registry.requests.filter((path) => path.endsWith(".tgz")).length - before).toBe(1);
});

test.each([
  ["that died", async () => (await deadPid()).toString()],
  // As after a restart in a container, where the server always has the same pid.
  ["whose pid is now this process's", () => Promise.resolve(String(process.pid))],
  ["that died before it wrote its pid", () => Promise.resolve("")],
])("takes over the lock of a process %s", async (_title, owner) => {
  await mkdir(join(cacheDir, "runtimes"));
  await writeFile(`${folder()}.lock`, await owner());
  const minuteAgo = new Date(Date.now() - 60_000);
  await utimes(`${folder()}.lock`, minuteAgo, minuteAgo);
  await installRuntime(tiny, { cacheDir, env: env() });
  await access(join(folder(), "node_modules/tiny-cli/cli"));
});

async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}

test("stops waiting for another installer when it is no longer wanted", async () => {
  await mkdir(join(cacheDir, "runtimes"));
  await writeFile(`${folder()}.lock`, String(process.ppid));
  const reason = new Error("terminated");
  const stopped = new AbortController();
  const installing = installRuntime(tiny, { cacheDir, env: env(), signal: stopped.signal });
  stopped.abort(reason);
  await expect(installing).rejects.toMatchObject({ cause: reason });
});

describe("says what failed and what to do", () => {
  const failure = async (runtime: Runtime, variables: Record<string, string | undefined>, machine = linux) => {
    const error: unknown = await installRuntime(runtime, { cacheDir, env: variables, machine }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(RuntimeInstallError);
    return (error as RuntimeInstallError).message;
  };

  test("without npm", async () => {
    expect(await failure(tiny, { PATH: "/nowhere" })).toBe(
      "Installing runtime 'claude' 1.2.3 failed: npm was not found on the server's PATH. Install npm (it comes with Node.js) and try again.",
    );
  });

  test("without a registry", async () => {
    const message = await failure(tiny, { ...env(), npm_config_registry: "http://127.0.0.1:9/" });
    expect(message).toMatch(
      /^Installing runtime 'claude' 1\.2\.3 failed: npm ended with 1\. Check that the npm registry is reachable/,
    );
    expect(message).toContain("ECONNREFUSED");
    expect(await readdir(join(cacheDir, "runtimes"))).toEqual([]);
  });

  test("without a writable cache", async () => {
    await writeFile(join(cacheDir, "runtimes"), "not a folder");
    expect(await failure(tiny, env())).toBe(
      `Runtime 'claude' cannot be installed to ${cacheDir}/runtimes. Set AOD_CACHE_DIR to a folder that the server may write.`,
    );
  });

  test("when the packages do not hold the program", async () => {
    const moved: Runtime = {
      ...tiny,
      install: () => ({ version: "2", packages: { "tiny-cli": "1.2.3" }, bin: "node_modules/tiny-cli/elsewhere" }),
    };
    expect(await failure(moved, env())).toContain("brought no node_modules/tiny-cli/elsewhere");
  });

  test("when there is no build for the machine", async () => {
    expect(await failure(runtimeFor("codex"), env(), { ...linux, arch: "riscv64" })).toBe(
      "Runtime 'codex' has no build for linux-riscv64. Use another runtime or another machine.",
    );
  });
});

test.each([
  ["claude", linux, "node_modules/@anthropic-ai/claude-code-linux-x64/claude"],
  ["claude", { ...linux, musl: true }, "node_modules/@anthropic-ai/claude-code-linux-x64-musl/claude"],
  ["codex", linux, "node_modules/@openai/codex/vendor/x86_64-unknown-linux-musl/bin/codex"],
  [
    "codex",
    { ...linux, platform: "darwin", arch: "arm64" },
    "node_modules/@openai/codex/vendor/aarch64-apple-darwin/bin/codex",
  ],
  ["gemini", linux, "node_modules/@google/gemini-cli/bundle/gemini.js"],
  ["opencode", linux, "node_modules/opencode-linux-x64/bin/opencode"],
  ["opencode", { ...linux, avx2: false, musl: true }, "node_modules/opencode-linux-x64-baseline-musl/bin/opencode"],
] as const)("%s on %o is %s", (name, machine, bin) => {
  expect(runtimeFor(name).install?.(machine)?.bin).toBe(bin);
});
