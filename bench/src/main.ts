import { parseArgs } from "node:util";
import { formatFigures } from "./figure.ts";
import type { Figure } from "./figure.ts";

const names = ["stream", "pretty", "cli", "size", "session", "fanout", "replay"] as const;

interface Bench {
  /** Measures ours and the alternative in turns, and resolves to all figures. */
  run(): Promise<Figure[]>;
}

const usage = `Usage: npm run bench -- <${names.join("|")}|all> [--json]`;

/** Runs the benchmarks that the arguments name, one after the other, and prints their figures. */
async function main(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { json: { type: "boolean" } } });
  const wanted = names.filter((name) => positionals.includes("all") || positionals.includes(name));
  if (wanted.length === 0 || positionals.some((name) => name !== "all" && !wanted.some((known) => known === name))) {
    console.error(usage);
    return 2;
  }
  let failed = false;
  for (const name of wanted) {
    try {
      // Each loads what it compares with only when it is asked for.
      const bench = (await import(`./${name}.ts`)) as Bench;
      const figures = await bench.run();
      console.log(
        values.json ? figures.map((figure) => JSON.stringify(figure)).join("\n") : formatFigures(figures) + "\n",
      );
    } catch (error) {
      failed = true;
      console.error(`bench ${name} failed:`, error);
    }
  }
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2).filter((argument) => argument !== "--"));
