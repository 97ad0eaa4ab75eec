import { execFile } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Project } from "./project.ts";

const run = promisify(execFile);

/** One file that needs nothing of Node: what a browser or an edge worker gets. */
export interface EdgeProgram {
  readonly code: string;
  /** Names of the packages that ended up in it. */
  readonly packages: readonly string[];
}

/**
 * Bundles a program with what the project has installed, as for a browser.
 *
 * @throws when anything on the way imports a module of Node.
 */
export async function bundleForEdge(project: Project, source: string): Promise<EdgeProgram> {
  const entry = join(project.folder, basename(source));
  copyFileSync(source, entry);
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "silent",
    absWorkingDir: project.folder,
  });
  const paths = Object.entries(metafile.inputs).map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  const packages = [...new Set(paths.filter((path) => path !== undefined))].sort();
  return { code: outputFiles[0]?.text ?? "", packages };
}

const serviceName = "program";

/** Runs the program's `test` handler in workerd with `settings` as its environment; rejects when it fails. */
export async function runInWorkerd(
  workerd: string,
  project: Project,
  program: EdgeProgram,
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const bindings = Object.entries(settings).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  writeFileSync(join(project.folder, "edge.js"), program.code);
  const config = join(project.folder, "edge.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "${serviceName}", worker = (
      modules = [(name = "edge.js", esModule = embed "edge.js")],
      compatibilityDate = "2026-11-01",
      bindings = [${bindings.join(", ")}],
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
);
`,
  );
  const { stdout, stderr } = await run(workerd, ["test", config], {
    cwd: project.folder,
    env: project.env,
    timeout: 100_000,
  });
  return stdout + stderr;
}
