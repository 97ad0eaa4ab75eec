import type { Command } from "commander";
import type { CommonOptions, Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addCommonOptions, collect, collectPackages, collectPairs, parseCount } from "../options.ts";
import type { EnvironmentOptions, UpdateEnvironmentOptions } from "./index.ts";

const environmentHelp = "id, the start of one, or name";

export function declareEnvironments(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const environments = program
    .command("environments")
    .alias("envs")
    .description("Environments: versioned recipes of what a sandbox holds");
  addExamples(environments, [
    "aod environments create --name python --package pip=requests --package apt=jq --env DEMO=1 --secret GH_TOKEN",
    "aod environments create --name closed --allow-host pypi.org --allow-host files.pythonhosted.org",
    "aod environments update python --setup-script setup.sh",
    "aod environments versions python",
    "aod environments archive python",
    "aod environments delete python",
  ]);

  addCommonOptions(environments.command("list"))
    .description("Environments that are not archived, newest first")
    .action(tie("environments list", (module) => module.listEnvironments));

  const get = tie("environments get", (module) => module.getEnvironment);
  addCommonOptions(environments.command("get"))
    .description("One environment; values of its variables are never shown")
    .argument("<environment>", environmentHelp)
    .action((environment: string, flags: CommonOptions) => get({ ...flags, environment }));

  addEnvironmentOptions(environments.command("create"))
    .description("Create an environment")
    .action(tie<EnvironmentOptions>("environments create", (module) => module.createEnvironment));

  const update = tie("environments update", (module) => module.updateEnvironment);
  addEnvironmentOptions(environments.command("update"))
    .description("Change an environment: each field that is given replaces the old one whole")
    .argument("<environment>", environmentHelp)
    .option("--expect-version <number>", "refuse when the environment is at another version", parseCount)
    .action((environment: string, flags: Omit<UpdateEnvironmentOptions, "environment">) =>
      update({ ...flags, environment }),
    );

  const archive = tie("environments archive", (module) => module.archiveEnvironment);
  addCommonOptions(environments.command("archive"))
    .description("Archive an environment; there is no way back")
    .argument("<environment>", environmentHelp)
    .action((environment: string, flags: CommonOptions) => archive({ ...flags, environment }));

  const remove = tie("environments delete", (module) => module.deleteEnvironment);
  addCommonOptions(environments.command("delete"))
    .description("Delete an environment and its history; refused while a session refers to it")
    .argument("<environment>", environmentHelp)
    .action((environment: string, flags: CommonOptions) => remove({ ...flags, environment }));

  const versions = tie("environments versions", (module) => module.listEnvironmentVersions);
  addCommonOptions(environments.command("versions"))
    .description("An environment's history, newest first")
    .argument("<environment>", environmentHelp)
    .action((environment: string, flags: CommonOptions) => versions({ ...flags, environment }));
}

function addEnvironmentOptions(command: Command): Command {
  return addCommonOptions(
    command
      .option("--name <name>", "name, unique among the active ones")
      .option("--package <manager=package>", "apt, cargo, gem, go, npm or pip; several times", collectPackages)
      .option("--env <key=value>", "variable of the sandbox; several times", collectPairs)
      .option("--secret <key>", "variable whose value is read from your own environment; several times", collect)
      .option("--setup-script <path>", "file with a shell script that runs after the packages are installed")
      .option("--allow-host <host>", "limit the network to these hosts; several times", collect)
      .option("--unrestricted", "do not limit the network")
      .option("--file <path>", "read fields from a JSON file (- for standard input); flags win over it"),
  );
}
