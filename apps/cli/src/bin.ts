import { readVersion } from "./version.ts";

const argv = process.argv.slice(2);

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  // Asked for by scripts and completions: answered before anything else is loaded.
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { main } = await import("./main.ts");
  process.exitCode = await main(argv);
}
