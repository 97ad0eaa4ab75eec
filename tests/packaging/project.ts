import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networkEnvironment } from "../support/network-environment.ts";
import { testCacheFolder } from "../support/test-cache.ts";
import { npmInstall } from "./npm-install.ts";
import { siblingsOf, type Tarball } from "./tarballs.ts";

/** An empty project of somebody who installed one of our packages. */
export interface Project {
  readonly folder: string;
  /** A clean home and hardly anything else. */
  readonly env: Readonly<Record<string, string>>;
}

/** Installs the tarballs named, and from ours only what those depend on, into an empty project with npm. */
export async function installAlone(
  parent: string,
  wanted: readonly Tarball[],
  all: readonly Tarball[],
): Promise<Project> {
  const folder = join(parent, wanted.map(({ name }) => name.replace("@aod/", "")).join("-"));
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const siblings = wanted.flatMap((tarball) => siblingsOf(tarball, all)).filter((tarball) => !wanted.includes(tarball));
  const files = (tarballs: readonly Tarball[]) =>
    Object.fromEntries(tarballs.map((tarball) => [tarball.name, `file:${tarball.file}`]));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: files(wanted), overrides: files(siblings) }),
  );
  // Its programs talk to this machine alone: no proxy stands between.
  const env = { PATH: process.env.PATH ?? "", HOME: home };
  // The download cache is the one thing that is shared: what npm takes from it is checked against the registry's hashes.
  const cache = ["--cache", join(testCacheFolder, "npm"), "--prefer-offline"];
  await npmInstall(folder, { ...env, ...networkEnvironment() }, ...cache);
  return { folder, env };
}
