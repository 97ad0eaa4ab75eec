import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testCacheFolder } from "../support/test-cache.ts";
import { npmInstall } from "./npm-install.ts";

/** Exact versions: what a test says about an engine has to be true tomorrow, too. */
const packages = {
  "node-22": "npm:node@22.23.3",
  "node-24": "npm:node@24.21.0",
  bun: "1.4.5",
  deno: "2.9.6",
  workerd: "1.20261117.1",
};

/** The JavaScript engines that the packages promise to run on. */
export type EngineName = "node 22" | "node 24" | "bun" | "deno";

export interface Engines {
  /** The command line that runs a TypeScript or JavaScript file. */
  readonly commands: Readonly<Record<EngineName, readonly [string, ...string[]]>>;
  /** The workerd program. */
  readonly workerd: string;
}

/** Installs the engines from the npm registry, once per machine and set of versions. */
export async function installEngines(): Promise<Engines> {
  const versions = Object.values(packages).map((version) => version.replace(/^.*@/, ""));
  const folder = join(testCacheFolder, `engines-${versions.join("-")}`);
  const isComplete = (): boolean => existsSync(join(folder, "complete"));
  if (!isComplete()) {
    mkdirSync(testCacheFolder, { recursive: true });
    // Moved into place when it is whole: another run of the tests may want it at the same time.
    const made = mkdtempSync(`${folder}.new-`);
    writeFileSync(join(made, "package.json"), JSON.stringify({ private: true, dependencies: packages }));
    await npmInstall(made, process.env);
    writeFileSync(join(made, "complete"), "");
    if (!isComplete()) rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(made, folder);
    } catch (error) {
      rmSync(made, { recursive: true });
      if (!isComplete()) throw error;
    }
  }
  const bin = (...path: string[]) => join(folder, "node_modules", ...path);
  return {
    commands: {
      "node 22": [bin("node-22", "bin", "node")],
      "node 24": [bin("node-24", "bin", "node")],
      bun: [bin(".bin", "bun"), "run"],
      deno: [bin(".bin", "deno"), "run", "--quiet", "--allow-all", "--node-modules-dir=manual"],
    },
    workerd: bin(".bin", "workerd"),
  };
}
