import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CliError } from "../../cli-error.ts";

/** What Node has to be started with to run the server. */
export interface ServerProgram {
  readonly nodeArgs: readonly string[];
  readonly entry: string;
}

/**
 * The `@aod/server` package installed beside this one, or in the current folder. A command line that runs from its own
 * sources (the repository's checkout) starts the server from its sources too.
 *
 * @param from Files to resolve from, in order.
 * @throws CliError when the package is not installed.
 */
export function resolveServer(
  from: readonly string[] = [fileURLToPath(import.meta.url), join(process.cwd(), "noop.js")],
): ServerProgram {
  const fromSources = import.meta.url.endsWith(".ts");
  for (const file of from) {
    let manifestPath: string;
    try {
      manifestPath = createRequire(pathToFileURL(file)).resolve("@aod/server/package.json");
    } catch {
      continue;
    }
    const folder = join(manifestPath, "..");
    if (fromSources) return { nodeArgs: ["--conditions=@aod/source"], entry: join(folder, "src", "bin.ts") };
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as { bin: Record<string, string> };
    return { nodeArgs: [], entry: join(folder, manifest.bin["aod-server"] ?? "bin.js") };
  }
  throw new CliError("The server is not installed: the package @aod/server was not found.", {
    hint: "Install it beside this command: npm install --global @aod/server",
  });
}
