import type { McpServer, Skill } from "@aod/core";

/**
 * What a session runs: the agent as it was when the session was made. Stored in `sessions.agent_snapshot`, so that later
 * changes of the agent never reach a running session.
 */
export interface AgentSnapshot {
  /** The version of the agent this is. */
  readonly version: number;
  readonly name: string;
  /** As the agent stores it: `provider/model` or bare, by the dialect of its writer. */
  readonly model: string;
  readonly runtime: string;
  readonly provider: string;
  /** Joined to the first prompt; empty for none. */
  readonly system: string;
  readonly skills: readonly Skill[];
  readonly mcpServers: readonly McpServer[];
  /** The argv of the `command` runtime; null elsewhere and for its default. */
  readonly command: readonly string[] | null;
}
