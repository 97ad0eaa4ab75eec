import type { Command } from "commander";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { choice, wholeNumber } from "../options.ts";
import type { ServeOptions } from "./index.ts";

const parsePort = wholeNumber({ from: 0, to: 65_535 });

export function declareServe(program: Command, invoke: Invoke): void {
  const command = program
    .command("serve")
    .description("Start a server here: API and worker, on its own embedded database unless DATABASE_URL is set")
    .option("--port <number>", "port to listen on; 0 takes a free one (default: AOD_PORT, then 8777)", parsePort)
    .option("--host <address>", "address to listen on (default: AOD_HOST, then 127.0.0.1)")
    .option("--data-dir <path>", "folder of the database, the encryption key and the sandboxes (default: AOD_DATA_DIR)")
    .addOption(
      choice("--driver <name>", "what makes sandboxes; local runs agents on this machine without isolation", ["local"]),
    )
    .addOption(choice("--role <role>", "which part runs here", ["all", "api", "worker"]))
    .option("--json", "print the ready line as JSON")
    .action((options: ServeOptions) =>
      invoke({
        command: "serve",
        options,
        run: async (context) => {
          const { serve } = await import("./index.ts");
          return { exitCode: await serve(options, context) };
        },
      }),
    );
  addExamples(command, ["aod serve --driver local", "aod serve --port 9000 --data-dir ./aod-data --driver local"]);
}
