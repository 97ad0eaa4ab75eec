import type { Tarball } from "./tarballs.ts";

/** What the READMEs promise. */
const supportedNode = ">=22.19";

/** What is wrong with a tarball's content, one line a finding; an empty list means that it may be published. */
export function tarballProblems(
  tarball: Pick<Tarball, "files" | "manifest">,
  machinePaths: readonly string[],
): string[] {
  const { files, manifest } = tarball;
  return [
    ...["README.md", "LICENSE"].filter((name) => !files.has(name)).map((name) => `${name} is missing`),
    ...[...files.keys()].filter(isForeign).map((path) => `${path} has no place in a package`),
    ...[...files].flatMap(([path, content]) =>
      machinePaths.filter((machinePath) => content.includes(machinePath)).map((found) => `${path} names ${found}`),
    ),
    ...manifestProblems(manifest),
    ...conditionProblems("exports", manifest.exports ?? {}),
    ...[...targets(manifest.exports), ...Object.values(manifest.bin ?? {})]
      .filter((target) => !files.has(target.replace(/^\.\//, "")))
      .map((target) => `package.json points to ${target}, which is not there`),
  ];
}

/** Sources, tests and settings of ours that a user has no use for. */
function isForeign(path: string): boolean {
  return (
    /(^|\/)(src|test|tests|__fixtures__|node_modules|\.turbo|coverage)\//.test(path) ||
    /\.(test|test-d|bench)\.|\.tsbuildinfo$|\.env|(^|\/)(tsconfig|tsup|vitest|drizzle)\b/.test(path)
  );
}

function manifestProblems(manifest: Tarball["manifest"]): string[] {
  const dependencies = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
  return [
    ...(manifest.license === "Apache-2.0" ? [] : ["package.json names no Apache-2.0 licence"]),
    ...(manifest.type === "module" ? [] : [`package.json has type ${manifest.type ?? "(none)"}`]),
    ...(manifest.description ? [] : ["package.json has no description"]),
    ...(manifest.sideEffects === undefined ? ["package.json does not say which files have side effects"] : []),
    ...(manifest.engines?.node === supportedNode
      ? []
      : [`package.json wants node ${manifest.engines?.node ?? "(any)"}`]),
    ...dependencies
      .filter(([, range]) => /^(workspace|catalog|file|link):/.test(range))
      .map(([name, range]) => `${name} is wanted as ${range}`),
    ...dependencies.filter(([name]) => name === "@aod/config").map(([name]) => `${name} is not published`),
  ];
}

function conditionProblems(where: string, target: unknown): string[] {
  if (typeof target !== "object" || target === null) return [];
  const keys = Object.keys(target);
  return [
    ...(keys.indexOf("types") > 0 ? [`${where}: types is not first`] : []),
    ...(keys.includes("default") && keys.at(-1) !== "default" ? [`${where}: default is not last`] : []),
    ...(keys.includes("@aod/source") ? [`${where}: points to our sources`] : []),
    ...Object.entries(target).flatMap(([key, value]) => conditionProblems(`${where} ${key}`, value)),
  ];
}

/** Every file that an exports map points to. */
function targets(target: unknown): string[] {
  if (typeof target === "string") return [target];
  if (typeof target !== "object" || target === null) return [];
  return Object.values(target).flatMap(targets);
}
