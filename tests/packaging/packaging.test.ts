import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { privatePaths, repositoryRoot } from "../architecture/workspace.ts";
import { Client } from "@aod/sdk";
import { startServerProcess, type ServerProcess } from "../support/server-process.ts";
import { bundleForEdge, runInWorkerd } from "./edge-program.ts";
import { installEngines, type EngineName, type Engines } from "./engines.ts";
import { installAlone, type Project } from "./project.ts";
import { codeBlocks } from "./readme.ts";
import { tarballProblems } from "./tarball-rules.ts";
import { packAll, publishedWorkspaces, type Tarball } from "./tarballs.ts";

const run = promisify(execFile);
const names = publishedWorkspaces().map(({ manifest }) => manifest.name);
const libraries = names.filter((name) => !["@aod/cli", "@aod/server"].includes(name));
const engineNames: readonly EngineName[] = ["node 22", "node 24", "bun", "deno"];

let folder: string;
let tarballs: Tarball[];
let engines: Engines;
let server: ServerProcess;
const opened = new AsyncDisposableStack();
let projects: Map<string, Project>;

const tarballOf = (name: string): Tarball => tarballs.find((tarball) => tarball.name === name)!;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aod-packaging-"));
  server = opened.use(await startServerProcess());
  [tarballs, engines] = await Promise.all([packAll(folder), installEngines()]);
  projects = new Map();
  for (const tarball of tarballs) projects.set(tarball.name, await installAlone(folder, [tarball], tarballs));
}, 1_200_000);

afterAll(async () => {
  await opened.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(names)("the tarball of %s", (name) => {
  test("holds what a user needs and nothing else [P2]", () => {
    expect(tarballProblems(tarballOf(name), [...privatePaths, folder])).toEqual([]);
  });

  test("is clean for publint", async () => {
    const pkgDir = join(projects.get(name)!.folder, "node_modules", name);
    expect((await publint({ pkgDir, pack: false, strict: true })).messages).toEqual([]);
  });

  test("has types that resolve for ESM users", async () => {
    const result = await checkPackage(tarballOf(name).contents);
    if (result.types === false) throw new Error(`${name} has no types`);
    // We publish ESM only: old resolution and require() are not promised.
    const promised = result.problems.filter(
      (problem) => !("resolutionKind" in problem && ["node10", "node16-cjs"].includes(problem.resolutionKind)),
    );
    expect(promised).toEqual([]);
  });
});

describe.each(libraries)("the README example of %s", (name) => {
  const example = (): Promise<{ project: Project; file: string }> => {
    const project = projects.get(name)!;
    const [code] = codeBlocks(tarballOf(name).files.get("README.md") ?? "", "ts");
    expect(code, `${name} has no example`).toBeDefined();
    const file = join(project.folder, "example.ts");
    writeFileSync(file, code!);
    return Promise.resolve({ project, file });
  };

  test("has the types it claims", async () => {
    const { project, file } = await example();
    const tsc = join(repositoryRoot, "node_modules", ".bin", "tsc");
    const flags = ["--noEmit", "--strict", "--target", "es2023", "--module", "nodenext", "--skipLibCheck"];
    const types = ["--lib", "es2024,esnext.disposable,dom", "--types", "node"];
    const roots = ["--typeRoots", join(repositoryRoot, "node_modules", "@types")];
    await run(tsc, [...flags, ...types, ...roots, file], { cwd: project.folder });
  });

  test.each(engineNames)("runs alone on %s [P2]", async (engine) => {
    const { project, file } = await example();
    const [program, ...args] = engines.commands[engine];
    const { stdout } = await run(program, [...args, file], {
      cwd: project.folder,
      env: { ...project.env, AOD_API_URL: server.url, AOD_API_TOKEN: server.token },
      timeout: 100_000,
    });
    expect(stdout).not.toBe("");
  });
});

describe.each([
  { name: "@aod/core", packages: ["@aod/core", "zod"] },
  // Neither zod nor undici: what they cost is not worth it outside a server.
  { name: "@aod/stream", packages: ["@aod/core", "@aod/stream", "eventsource-parser"] },
  { name: "@aod/pretty", packages: ["@aod/pretty"] },
  { name: "@aod/sdk", packages: ["@aod/core", "@aod/sdk", "@aod/stream", "@aod/transport", "eventsource-parser"] },
])("$name outside Node", ({ name, packages }) => {
  test("bundles without a Node module and runs in workerd [P2]", async () => {
    const project = projects.get(name)!;
    const source = fileURLToPath(new URL(`edge/${name.replace("@aod/", "")}.ts`, import.meta.url));
    const program = await bundleForEdge(project, source);
    expect(program.packages).toEqual(packages);
    const settings = { AOD_API_URL: server.url, AOD_API_TOKEN: server.token };
    expect(await runInWorkerd(engines.workerd, project, program, settings)).toContain("[ PASS ]");
  });
});

/** The command line that runs an installed program's file on an engine. */
function installedProgram(project: Project, name: string, engine: EngineName): [string, ...string[]] {
  return [...engines.commands[engine], join(project.folder, "node_modules", name, "bin.js")];
}

describe("the program aod", () => {
  test.each(engineNames)("runs a session from its tarball on %s [P2]", async (engine) => {
    const project = projects.get("@aod/cli")!;
    const [program, ...args] = installedProgram(project, "@aod/cli", engine);
    const { stdout } = await run(program, [...args, "run", "--runtime", "command", "echo from a tarball"], {
      cwd: project.folder,
      env: { ...project.env, AOD_API_URL: server.url, AOD_API_TOKEN: server.token },
      timeout: 100_000,
    });
    expect(stdout).toContain("from a tarball\n");
  });

  test("serves with the server installed beside it [P2]", async () => {
    const project = await installAlone(folder, [tarballOf("@aod/cli"), tarballOf("@aod/server")], tarballs);
    await expectToServe([...installedProgram(project, "@aod/cli", "node 22"), "serve"]);
  });
});

describe("the program aod-server", () => {
  test.each(engineNames)("serves a session from its tarball on %s [P2]", async (engine) => {
    await expectToServe(installedProgram(projects.get("@aod/server")!, "@aod/server", engine));
  });
});

/** A session whose output fills more than one pipe, with an error and an exit code at its end. */
async function expectToServe(program: [string, ...string[]]): Promise<void> {
  await using packed = await startServerProcess({ program });
  await using client = new Client({ baseUrl: packed.url, token: packed.token });
  const agent = await client.agents.create({ name: "packed", model: "command", runtime: "command" });
  const prompt = "head -c 300000 /dev/zero | tr '\\0' x; echo served >&2; exit 3";
  const { session, events } = await client.sessions.run({ agentId: agent.id, prompt });
  const text = (stream: string) =>
    events.flatMap((event) => (event.type === "output" && event.stream === stream ? [event.data] : [])).join("");
  expect({ stderr: text("stderr"), stdout: text("stdout").length, exitCode: session.exitCode }).toEqual({
    stderr: "served\n",
    stdout: 300_000,
    exitCode: 3,
  });
}
