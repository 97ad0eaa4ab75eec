import type { Agent, AgentVersion } from "@aod/sdk";
import { renderFields, renderTable } from "./table.ts";
import type { AgedTableOptions, TableOptions } from "./table.ts";
import type { Theme } from "./theme.ts";
import { renderAge } from "./time.ts";

/** Agents as a table. */
export function renderAgents(agents: readonly Agent[], { now, theme, width }: AgedTableOptions): string {
  if (agents.length === 0)
    return "No agents. Make one with: aod agents create --name NAME --runtime RUNTIME --model MODEL\n";
  return renderTable(
    agents,
    [
      { title: "ID", value: ({ id }) => id, style: theme.cyan },
      { title: "NAME", value: ({ name }) => name },
      { title: "RUNTIME", value: ({ runtime }) => runtime },
      { title: "VERSION", value: ({ version }) => String(version) },
      { title: "CREATED", value: ({ createdAt }) => renderAge(createdAt, now) },
      { title: "MODEL", value: ({ model }) => model },
    ],
    { theme, width },
  );
}

/** One agent, a field a line. */
export function renderAgent(agent: Agent, theme: Theme): string {
  return renderFields(
    [
      ["id", agent.id],
      ["name", agent.name],
      ["description", agent.description],
      ["runtime", agent.runtime],
      ["provider", agent.provider],
      ["model", agent.model],
      ["command", agent.command ? JSON.stringify(agent.command) : null],
      ["system", agent.system],
      ["environment", agent.environmentId],
      ["skills", agent.skills.length > 0 ? agent.skills.map((skill) => skill.name ?? "*").join(", ") : null],
      ["mcp servers", agent.mcpServers.length > 0 ? agent.mcpServers.map(({ name }) => name).join(", ") : null],
      ["metadata", Object.keys(agent.metadata).length > 0 ? JSON.stringify(agent.metadata) : null],
      ["version", String(agent.version)],
      ["created", agent.createdAt],
      ["updated", agent.updatedAt],
      ["archived", agent.archivedAt],
    ],
    theme,
  );
}

/** An agent's history as a table. */
export function renderAgentVersions(versions: readonly AgentVersion[], { theme, width }: TableOptions): string {
  return renderTable(
    versions,
    [
      { title: "VERSION", value: ({ version }) => String(version) },
      { title: "CREATED", value: ({ createdAt }) => createdAt },
      { title: "NAME", value: ({ name }) => name },
      { title: "RUNTIME", value: ({ runtime }) => runtime },
      { title: "MODEL", value: ({ model }) => model },
      { title: "SYSTEM", value: ({ system }) => system ?? "" },
    ],
    { theme, width },
  );
}
