import type { Command } from "commander";
import { lazily } from "../../context.ts";
import type { Invoke } from "../../context.ts";
import { addExamples } from "../examples.ts";
import type { ListProfilesOptions } from "./index.ts";

export function declareProfiles(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const profiles = program.command("profiles").description("Profiles: saved servers and keys");

  profiles
    .command("list")
    .description("Saved servers, * marks the current one; keys are not shown")
    .option("--json", "print JSON")
    .action(tie<ListProfilesOptions>("profiles list", (module) => module.listProfiles));

  const use = tie("profiles use", (module) => module.useProfile);
  profiles
    .command("use")
    .description("Make a profile the current one")
    .argument("<profile>", "its name")
    .option("--json", "print JSON")
    .action((name: string, flags: ListProfilesOptions) => use({ ...flags, name }));

  const remove = tie("profiles remove", (module) => module.removeProfile);
  profiles
    .command("remove")
    .description("Forget a profile and its key here; the key stays valid on the server")
    .argument("<profile>", "its name")
    .option("--json", "print JSON")
    .action((name: string, flags: ListProfilesOptions) => remove({ ...flags, name }));

  addExamples(profiles, ["aod profiles list", "aod profiles use work", "aod profiles remove work"]);
}
