import type { Session, SessionAck, SessionTurn } from "@aod/sdk";
import { formatCost } from "@aod/pretty";
import { renderFields, renderTable } from "./table.ts";
import type { AgedTableOptions, Column, TableOptions } from "./table.ts";
import type { Theme } from "./theme.ts";
import { renderAge, renderDuration } from "./time.ts";

const statusStyles: Readonly<Record<string, keyof Theme>> = {
  pending: "dim",
  running: "cyan",
  completed: "green",
  failed: "red",
  terminated: "yellow",
};

/** The style of a status. */
export function styleStatus(status: string, theme: Theme): (text: string) => string {
  return theme[statusStyles[status] ?? "dim"];
}

/** Sessions as a table. */
export function renderSessions(sessions: readonly Session[], { now, theme, width }: AgedTableOptions): string {
  if (sessions.length === 0) return "No sessions. Start one with: aod run PROMPT\n";
  return renderTable(
    sessions,
    [
      { title: "ID", value: ({ id }) => id, style: theme.cyan },
      {
        title: "STATUS",
        value: ({ status }) => status,
        style: (text, { status }) => styleStatus(status, theme)(text),
      },
      { title: "EXIT", value: ({ exitCode }) => (exitCode === null ? "-" : String(exitCode)) },
      { title: "TURNS", value: ({ turnCount }) => String(turnCount) },
      { title: "CREATED", value: ({ createdAt }) => renderAge(createdAt, now) },
      { title: "RUNTIME", value: ({ runtime }) => runtime },
    ],
    { theme, width },
  );
}

/** One session, a field a line. */
export function renderSession(session: Session, theme: Theme): string {
  return renderFields(
    [
      ["id", session.id],
      ["status", session.status],
      ["exit code", session.exitCode === null ? null : String(session.exitCode)],
      ["runtime", session.runtime],
      ["agent", session.agentId],
      ["environment", session.environmentId],
      ["turns", String(session.turnCount)],
      ["driver", session.driver],
      ["isolation", session.isolation],
      ["resources", session.resources.map(({ url, mountPath }) => `${url} -> ${mountPath}`).join(", ") || null],
      ["created", session.createdAt],
      ["updated", session.updatedAt],
    ],
    theme,
  );
}

/** What was started. */
export function renderSessionAck({ id, status }: SessionAck, theme: Theme): string {
  return `${theme.cyan(id)}  ${status}\n`;
}

const costColumn: Column<SessionTurn> = {
  title: "COST",
  value: ({ costUsd }) => (costUsd === null ? "-" : formatCost(costUsd)),
};

/** Turns as a table. */
export function renderTurns(turns: readonly SessionTurn[], { theme, width }: TableOptions): string {
  const costs = turns.some(({ costUsd }) => costUsd !== null);
  return renderTable(
    turns,
    [
      { title: "TURN", value: ({ turnNumber }) => String(turnNumber) },
      {
        title: "STATUS",
        value: ({ status }) => status,
        style: (text, { status }) => styleStatus(status, theme)(text),
      },
      { title: "EXIT", value: ({ exitCode }) => (exitCode === null ? "-" : String(exitCode)) },
      {
        title: "TOOK",
        value: ({ startedAt, endedAt }) => (startedAt && endedAt ? renderDuration(startedAt, endedAt) : "-"),
      },
      ...(costs ? [costColumn] : []),
      { title: "PROMPT", value: ({ prompt }) => prompt },
    ],
    { theme, width },
  );
}
