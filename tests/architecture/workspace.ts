import { existsSync, globSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The part of a package.json that the rules read. */
interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One workspace of the repository and its own source files. */
export interface Workspace {
  readonly manifest: Manifest;
  /** Absolute folder. */
  readonly folder: string;
  /** Absolute paths of all its source files. */
  readonly files: readonly string[];
}

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/**
 * The path of this checkout, as something that must stand in no file: nothing where it is a place that others may name too,
 * such as `/app` or `/var/lib/aod`.
 */
export const privatePaths: readonly string[] = /^\/(?:[^/]*|(?:opt|srv|usr|var|workspaces?)\/.*)$/.test(repositoryRoot)
  ? []
  : [repositoryRoot];

const members = ["packages/*", "apps/*", "examples/*", "tooling/*", "tests", "bench"];

/** Every workspace below `root`, in the folders that pnpm-workspace.yaml names. */
export function readWorkspaces(root: string): Workspace[] {
  return globSync(
    members.map((member) => `${member}/package.json`),
    { cwd: root },
  )
    .sort()
    .map((file) => {
      const folder = join(root, file, "..");
      return {
        manifest: JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest,
        folder,
        files: sourceFiles(folder),
      };
    });
}

function sourceFiles(folder: string): string[] {
  return globSync("**/*.{ts,tsx,mts,js,mjs}", {
    cwd: folder,
    exclude: (name) => name === "node_modules" || name === "dist" || name === "__fixtures__",
  })
    .filter((file) => !isPassing(file))
    .map((file) => join(folder, file))
    .filter((file) => existsSync(file))
    .sort();
}

/** What a build that runs at the same time writes beside its configuration, and takes away again. */
function isPassing(path: string): boolean {
  return /\.bundled_\w+\.mjs$/.test(path);
}

/** True for files that never reach a user: tests, their support and build configuration. */
export function isDevelopmentFile(workspace: Workspace, file: string): boolean {
  const path = relative(workspace.folder, file).split(sep).join("/");
  return /\.(test|test-d|config)\.(ts|mts|js)$/.test(path) || /^(test|scripts)\//.test(path);
}
