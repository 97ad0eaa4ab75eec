import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { readImports, type Import } from "./imports.ts";
import { isDevelopmentFile, type Workspace } from "./workspace.ts";

/**
 * Which workspaces, or single entries of them, a workspace may import. Whoever is not listed here is private (tests, bench,
 * examples) and free.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "@aod/config": [],
  "@aod/testing": [],
  "@aod/core": [],
  "@aod/stream": ["@aod/core"],
  "@aod/transport": ["@aod/core"],
  "@aod/pretty": ["@aod/core"],
  "@aod/telemetry": ["@aod/core"],
  "@aod/sdk": ["@aod/core", "@aod/stream", "@aod/transport", "@aod/telemetry"],
  "@aod/server": ["@aod/core", "@aod/stream/encode", "@aod/pretty/decode"],
  "@aod/cli": ["@aod/sdk", "@aod/pretty"],
  "@aod/web": ["@aod/sdk", "@aod/pretty"],
};

/** Packages whose users must not pay for zod, and the entries of core that are free of it. */
const withoutZod = ["@aod/stream", "@aod/transport", "@aod/pretty", "@aod/sdk"];
const coreEntriesWithoutZod = ["@aod/core/errors", "@aod/core/digest"];

/** Packages whose root entry has to run outside Node. */
const runAnywhere = ["@aod/core", "@aod/stream", "@aod/pretty", "@aod/transport", "@aod/telemetry", "@aod/sdk"];

const developmentTools = ["@aod/config", "@aod/testing"];

export interface Violation {
  readonly rule:
    "arrow" | "app-import" | "leaves-package" | "undeclared" | "not-exported" | "zod" | "node-in-root" | "cycle";
  /** `path:line`, relative to the root. */
  readonly where: string;
  readonly what: string;
}

/** Every import of the repository that the layering of the house (or a package's own manifest) does not allow. */
export function findViolations(root: string, workspaces: readonly Workspace[]): Violation[] {
  const imports = new Map<string, Import[]>();
  for (const workspace of workspaces) for (const file of workspace.files) imports.set(file, readImports(file));
  const context: Context = {
    root,
    imports,
    byName: new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace])),
  };
  return workspaces.flatMap((workspace) => [
    ...manifestViolations(workspace, context),
    ...workspace.files.flatMap((file) => fileViolations(workspace, file, context)),
    ...rootEntryViolations(workspace, context),
    ...cycleViolations(workspace, context),
  ]);
}

interface Context {
  readonly root: string;
  readonly imports: ReadonlyMap<string, readonly Import[]>;
  readonly byName: ReadonlyMap<string, Workspace>;
}

function manifestViolations(workspace: Workspace, context: Context): Violation[] {
  const { manifest } = workspace;
  const allowed = arrows[manifest.name];
  if (allowed === undefined) return [];
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies })
    .filter((name) => context.byName.has(name) && !allowed.map(packageName).includes(name))
    .map((name) => ({
      rule: isApp(name, context) ? "app-import" : "arrow",
      where: `${relative(context.root, workspace.folder)}/package.json`,
      what: `${manifest.name} depends on ${name}`,
    }));
}

function fileViolations(workspace: Workspace, file: string, context: Context): Violation[] {
  const found: Violation[] = [];
  for (const one of context.imports.get(file) ?? []) {
    const where = `${relative(context.root, file)}:${one.line}`;
    const report = (rule: Violation["rule"], what: string) => found.push({ rule, where, what });
    if (one.specifier.startsWith(".")) {
      const target = resolve(dirname(file), one.specifier);
      if (!target.startsWith(workspace.folder + sep)) report("leaves-package", one.specifier);
      continue;
    }
    if (one.specifier.startsWith("/") || one.specifier.startsWith("file:")) {
      report("leaves-package", one.specifier);
      continue;
    }
    const name = packageName(one.specifier);
    if (isBuiltin(one.specifier) || name === workspace.manifest.name) continue;
    const development = isDevelopmentFile(workspace, file);
    const sibling = context.byName.get(name);
    if (sibling !== undefined && !(development && developmentTools.includes(name))) {
      const allowed = arrows[workspace.manifest.name];
      // A test may look at what it tests from the other side, such as a server's through the decoder.
      const fits = (entry: string) =>
        entry === name || entry === one.specifier || (development && packageName(entry) === name);
      if (allowed !== undefined && !allowed.some(fits)) {
        report(isApp(name, context) ? "app-import" : "arrow", `${workspace.manifest.name} imports ${one.specifier}`);
        continue;
      }
    }
    if (!isDeclared(workspace, name, development)) report("undeclared", one.specifier);
    if (sibling !== undefined && !isExported(sibling, one.specifier)) report("not-exported", one.specifier);
    if (!development && !one.typeOnly && loadsZod(workspace, name, one.specifier)) report("zod", one.specifier);
  }
  return found;
}

function isApp(name: string, context: Context): boolean {
  const folder = context.byName.get(name)?.folder;
  return folder !== undefined && relative(context.root, folder).split(sep)[0] === "apps";
}

function isDeclared(workspace: Workspace, name: string, development: boolean): boolean {
  const { manifest } = workspace;
  // What is not published is run from the checkout, where development dependencies are always there.
  const fromCheckout = development || manifest.private === true;
  return Object.hasOwn(
    {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
      ...(fromCheckout ? manifest.devDependencies : {}),
    },
    name,
  );
}

function isExported(sibling: Workspace, specifier: string): boolean {
  const subpath = specifier === sibling.manifest.name ? "." : `.${specifier.slice(sibling.manifest.name.length)}`;
  return sibling.manifest.exports === undefined || Object.hasOwn(sibling.manifest.exports, subpath);
}

function loadsZod(workspace: Workspace, name: string, specifier: string): boolean {
  if (!withoutZod.includes(workspace.manifest.name)) return false;
  return name === "zod" || (name === "@aod/core" && !coreEntriesWithoutZod.includes(specifier));
}

/** Follows the root entry as a browser would load it and reports every Node module on the way. */
function rootEntryViolations(workspace: Workspace, context: Context): Violation[] {
  if (!runAnywhere.includes(workspace.manifest.name)) return [];
  const entries = targetsOutsideNode(workspace.manifest.exports?.["."]).filter((target) => target.startsWith("./src/"));
  const found: Violation[] = [];
  const seen = new Set<string>();
  const queue = entries.map((entry) => join(workspace.folder, entry));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { specifier, line, typeOnly } of context.imports.get(file) ?? []) {
      if (typeOnly) continue;
      if (specifier.startsWith(".")) queue.push(resolve(dirname(file), specifier));
      else if (isBuiltin(specifier)) {
        found.push({ rule: "node-in-root", where: `${relative(context.root, file)}:${line}`, what: specifier });
      }
    }
  }
  return found;
}

function targetsOutsideNode(target: unknown): string[] {
  if (typeof target === "string") return [target];
  if (typeof target !== "object" || target === null) return [];
  return Object.entries(target)
    .filter(([condition]) => condition !== "node" && condition !== "types")
    .flatMap(([, value]) => targetsOutsideNode(value));
}

function cycleViolations(workspace: Workspace, context: Context): Violation[] {
  const found: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const names = [...path.slice(start), file].map((step) => relative(workspace.folder, step));
      found.push({ rule: "cycle", where: relative(context.root, file), what: names.join(" -> ") });
      return;
    }
    if (done.has(file) || !existsSync(file)) return;
    for (const { specifier, typeOnly } of context.imports.get(file) ?? []) {
      if (specifier.startsWith(".") && !typeOnly) visit(resolve(dirname(file), specifier), [...path, file]);
    }
    done.add(file);
  };
  for (const file of workspace.files) visit(file, []);
  return found;
}

function packageName(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}
