import type { ApiKey } from "@aod/sdk";
import { renderTable } from "./table.ts";
import type { AgedTableOptions } from "./table.ts";
import { renderAge } from "./time.ts";

/** API keys as a table, without the keys themselves. */
export function renderKeys(keys: readonly ApiKey[], { now, theme, width }: AgedTableOptions): string {
  return renderTable(
    keys,
    [
      { title: "ID", value: ({ id }) => id, style: theme.cyan },
      { title: "PREFIX", value: ({ prefix }) => prefix },
      { title: "STATE", value: (key) => stateOf(key, now) },
      { title: "EXPIRES", value: ({ expiresAt }) => expiresAt ?? "never" },
      { title: "CREATED", value: ({ createdAt }) => renderAge(createdAt, now) },
      { title: "NAME", value: ({ name }) => name },
    ],
    { theme, width },
  );
}

function stateOf({ isActive, expiresAt }: ApiKey, now: Date): string {
  if (!isActive) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= now.getTime() ? "expired" : "active";
}
