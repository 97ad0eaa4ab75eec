import type { Session } from "@aod/sdk";
import { styleStatus } from "./sessions.ts";
import { renderTable } from "./table.ts";
import type { AgedTableOptions } from "./table.ts";
import { renderAge } from "./time.ts";

/** Sessions at work as a table. @param agents Names by id. */
export function renderProcesses(
  sessions: readonly Session[],
  agents: ReadonlyMap<string, string>,
  { now, theme, width }: AgedTableOptions,
): string {
  if (sessions.length === 0) return "Nothing is running. aod ps --all shows what was.\n";
  return renderTable(
    sessions,
    [
      { title: "SESSION", value: ({ id }) => id, style: theme.cyan },
      {
        title: "STATUS",
        value: ({ status }) => status,
        style: (text, { status }) => styleStatus(status, theme)(text),
      },
      { title: "TURN", value: ({ currentTurn, turnCount }) => String(currentTurn ?? turnCount) },
      { title: "STARTED", value: ({ createdAt }) => renderAge(createdAt, now) },
      { title: "RUNTIME", value: ({ runtime }) => runtime },
      { title: "AGENT", value: ({ agentId }) => agents.get(agentId ?? "") ?? agentId ?? "-" },
    ],
    { theme, width },
  );
}
