import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, addDisplayOptions, sessionHelp } from "../options.ts";
import type { AttachOptions } from "./index.ts";

export function declareAttach(program: Command, invoke: Invoke): void {
  const attach = lazily(invoke, () => import("./index.ts"))("attach", (module) => module.attach);
  const command = addDisplayOptions(addCommonOptions(program.command("attach")))
    .description("Come back to a session: its current turn so far, then live. Ctrl-C interrupts it, twice leaves")
    .argument("<session>", sessionHelp)
    .action((session: string, flags: Omit<AttachOptions, "session">) => attach({ ...flags, session }));
  addExamples(command, ["aod attach 3f2a"]);
}
