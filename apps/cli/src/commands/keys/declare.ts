import type { Command } from "commander";
import type { CommonOptions, Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions } from "../options.ts";
import type { CreateKeyOptions } from "./index.ts";

export function declareKeys(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const keys = program.command("keys").description("API keys of your account");
  addExamples(keys, [
    "aod keys create --name ci --expires-at 2027-01-31T00:00:00Z",
    "aod keys list",
    "aod keys delete ci",
  ]);

  addCommonOptions(keys.command("list"))
    .description("Keys by their first characters; the keys themselves are not stored")
    .action(tie("keys list", (module) => module.listKeys));

  addCommonOptions(keys.command("create"))
    .description("Make a key; it is shown this once")
    .option("--name <name>", "what the key is for", "cli")
    .option("--expires-at <time>", "when it stops working, like 2027-01-31T00:00:00Z (default: never)")
    .option("--scope <agent:id...>", "limit it to this agent; repeat for more (default: the whole account)")
    .action(tie<CreateKeyOptions>("keys create", (module) => module.createKey));

  const remove = tie("keys delete", (module) => module.deleteKey);
  addCommonOptions(keys.command("delete"))
    .description("Revoke a key; it stops working at once")
    .argument("<key>", "id, the start of one, or name")
    .action((key: string, flags: CommonOptions) => remove({ ...flags, key }));
}
