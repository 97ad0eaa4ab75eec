import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { median, toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

const cli = join(import.meta.dirname, "..", "..", "apps", "cli");
const rounds = 25;

/** Builds the program as the package's own build does, into a folder of its own. */
async function buildCli(folder: string): Promise<string> {
  await build({
    entryPoints: { bin: join(cli, "src", "bin.ts") },
    outdir: join(folder, "dist"),
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    target: "es2023",
    platform: "node",
  });
  for (const name of ["bin.js", "package.json"]) cpSync(join(cli, name), join(folder, name));
  return join(folder, "bin.js");
}

/** Milliseconds of a process from its start to its end. */
function time(args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${String(status)}: ${stderr}`);
  return performance.now() - began;
}

/** The start of the command line, beside that of Node alone. */
export async function run(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "aod-bench-cli-"));
  try {
    const bin = await buildCli(folder);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = -2; round < rounds; round++) {
      const [ourMs, theirMs] = [time([bin, "--version"]), time(["-e", "0"])];
      // The first rounds warm the disk's cache.
      if (round >= 0) ours.push(ourMs);
      if (round >= 0) theirs.push(theirMs);
    }
    return [
      toFigure({
        bench: "cli",
        metric: "aod --version, start to end, median ms",
        ours: median(ours),
        theirs: median(theirs),
        peer: "node -e 0",
        aim: { of: "ratio", atMost: 1.5 },
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
