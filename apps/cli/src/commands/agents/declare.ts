import type { Command } from "commander";
import type { CommonOptions, Invoke } from "../../context.ts";
import { lazily } from "../../context.ts";
import { addExamples } from "../examples.ts";
import { addAgentOptions, addCommonOptions, collectPairs, parseCount } from "../options.ts";
import type { AgentOptions, UpdateAgentOptions } from "./index.ts";

const agentHelp = "id, the start of one, or name";
const argvHelp = "as --command, for programs that take options: -- sh -c 'echo hi'";

export function declareAgents(program: Command, invoke: Invoke): void {
  const tie = lazily(invoke, () => import("./index.ts"));
  const agents = program.command("agents").description("Agents: versioned templates of what runs");
  addExamples(agents, [
    "aod agents create --name hello --runtime claude --model anthropic/claude-sonnet-4-6 --system 'You are terse.'",
    "aod agents create --name tests --runtime command --command npm test",
    "aod agents create --name shell --runtime command -- sh -c 'echo hi; cat'",
    "aod agents create --file agent.json",
    "aod agents list",
    "aod agents update hello --system 'You are kind.' --metadata team=a",
    "aod agents update hello --no-environment",
    "aod agents versions hello",
    "aod agents archive hello",
    "aod agents list --json | jq -r '.data[].name'",
  ]);

  addCommonOptions(agents.command("list"))
    .description("Agents that are not archived, newest first")
    .action(tie("agents list", (module) => module.listAgents));

  const get = tie("agents get", (module) => module.getAgent);
  addCommonOptions(agents.command("get"))
    .description("One agent")
    .argument("<agent>", agentHelp)
    .action((agent: string, flags: CommonOptions) => get({ ...flags, agent }));

  const create = tie("agents create", (module) => module.createAgent);
  addFields(agents.command("create"))
    .description("Create an agent")
    .argument("[argv...]", argvHelp)
    .action((argv: string[], flags: AgentOptions) => create({ ...flags, argv }));

  const update = tie("agents update", (module) => module.updateAgent);
  addFields(agents.command("update"))
    .description("Change an agent: what is not given stays as it is")
    .argument("<agent>", agentHelp)
    .argument("[argv...]", argvHelp)
    .option("--no-environment", "detach the environment")
    .option("--expect-version <number>", "refuse when the agent is at another version", parseCount)
    .action((agent: string, argv: string[], flags: Omit<UpdateAgentOptions, "agent">) =>
      update({ ...flags, agent, argv }),
    );

  const archive = tie("agents archive", (module) => module.archiveAgent);
  addCommonOptions(agents.command("archive"))
    .description("Archive an agent; there is no way back")
    .argument("<agent>", agentHelp)
    .action((agent: string, flags: CommonOptions) => archive({ ...flags, agent }));

  const versions = tie("agents versions", (module) => module.listAgentVersions);
  addCommonOptions(agents.command("versions"))
    .description("An agent's history, newest first")
    .argument("<agent>", agentHelp)
    .action((agent: string, flags: CommonOptions) => versions({ ...flags, agent }));
}

function addFields(command: Command): Command {
  command.option("--name <name>", "name; need not be unique");
  addAgentOptions(command)
    .option("--provider <provider>", "anthropic or openai, where no runtime is given")
    .option("--description <text>", "what it is for")
    .option("--environment <environment>", "id, the start of one, or name of its default environment")
    .option("--metadata <key=value>", "a label; may be given several times", collectPairs)
    .option("--command <argv...>", "what the command runtime starts, prompt on its standard input (default: bash)")
    .option("--file <path>", "read fields from a JSON file (- for standard input); flags win over it");
  return addCommonOptions(command);
}
