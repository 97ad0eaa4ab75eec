import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPackageFromTarballData, type Package } from "@arethetypeswrong/core";
import { readWorkspaces, repositoryRoot, type Workspace } from "../architecture/workspace.ts";
import { runTurbo } from "../support/turbo.ts";

const run = promisify(execFile);

/** A package as npm would receive it. */
export interface Tarball {
  readonly name: string;
  /** Absolute path of the `.tgz`. */
  readonly file: string;
  /** The packed package.json: publishConfig applied, workspace ranges replaced. */
  readonly manifest: PackedManifest;
  /** Path inside the package to content, e.g. `dist/index.js`. */
  readonly files: ReadonlyMap<string, string>;
  readonly contents: Package;
}

interface PackedManifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean | readonly string[] | undefined;
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Every workspace that is published. */
export function publishedWorkspaces(): Workspace[] {
  return readWorkspaces(repositoryRoot).filter(({ manifest }) => manifest.private !== true);
}

/** Builds every published package (turbo skips what is up to date) and packs it into `folder`. */
export async function packAll(folder: string): Promise<Tarball[]> {
  const pnpm = join(repositoryRoot, "node_modules", ".bin", "pnpm");
  const workspaces = publishedWorkspaces();
  const filters = workspaces.map(({ manifest }) => `--filter=${manifest.name}`);
  await runTurbo("run", "build", "--output-logs=errors-only", "--ui=stream", ...filters);
  const tarballs: Tarball[] = [];
  for (const workspace of workspaces) {
    const { stdout } = await run(pnpm, ["pack", "--json", "--pack-destination", folder], {
      cwd: workspace.folder,
    });
    const { filename } = JSON.parse(stdout) as { filename: string };
    tarballs.push(readTarball(filename));
  }
  return tarballs;
}

function readTarball(file: string): Tarball {
  const contents = createPackageFromTarballData(readFileSync(file));
  const prefix = `/node_modules/${contents.packageName}/`;
  const files = new Map(
    contents.listFiles().map((path) => [path.slice(prefix.length), contents.readFile(path)] as const),
  );
  const manifest = JSON.parse(files.get("package.json") ?? "") as PackedManifest;
  return { name: manifest.name, file, manifest, files, contents };
}

/** The tarballs that `tarball` needs, found through the dependencies of dependencies. */
export function siblingsOf(tarball: Tarball, all: readonly Tarball[]): Tarball[] {
  const found = new Set<Tarball>();
  const queue = [tarball];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const name of Object.keys({ ...next.manifest.dependencies, ...next.manifest.optionalDependencies })) {
      const sibling = all.find((one) => one.name === name);
      if (sibling === undefined || sibling === tarball || found.has(sibling)) continue;
      found.add(sibling);
      queue.push(sibling);
    }
  }
  return [...found];
}
