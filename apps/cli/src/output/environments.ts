import type { Environment, EnvironmentVersion } from "@aod/sdk";
import { renderFields, renderTable } from "./table.ts";
import type { AgedTableOptions, TableOptions } from "./table.ts";
import type { Theme } from "./theme.ts";
import { renderAge } from "./time.ts";

/** Environments as a table. */
export function renderEnvironments(list: readonly Environment[], { now, theme, width }: AgedTableOptions): string {
  if (list.length === 0) return "No environments. Make one with: aod environments create --name NAME\n";
  return renderTable(
    list,
    [
      { title: "ID", value: ({ id }) => id, style: theme.cyan },
      { title: "NAME", value: ({ name }) => name },
      { title: "NETWORK", value: ({ networking }) => networking.type },
      { title: "VERSION", value: ({ version }) => String(version) },
      { title: "CREATED", value: ({ createdAt }) => renderAge(createdAt, now) },
      { title: "PACKAGES", value: packagesOf },
    ],
    { theme, width },
  );
}

/** One environment, a field a line. Its variables are never returned by the server. */
export function renderEnvironment(environment: Environment, theme: Theme): string {
  const { networking } = environment;
  const hosts = networking.allowedHosts ?? [];
  return renderFields(
    [
      ["id", environment.id],
      ["name", environment.name],
      ["packages", packagesOf(environment) || null],
      ["setup script", environment.setupScript],
      ["network", networking.type === "limited" ? `limited to ${hosts.join(", ") || "nothing"}` : networking.type],
      ["version", String(environment.version)],
      ["created", environment.createdAt],
      ["updated", environment.updatedAt],
      ["archived", environment.archivedAt],
    ],
    theme,
  );
}

/** An environment's history as a table. */
export function renderEnvironmentVersions(
  versions: readonly EnvironmentVersion[],
  { theme, width }: TableOptions,
): string {
  return renderTable(
    versions,
    [
      { title: "VERSION", value: ({ version }) => String(version) },
      { title: "CREATED", value: ({ createdAt }) => createdAt },
      { title: "NAME", value: ({ name }) => name },
      { title: "NETWORK", value: ({ networking }) => networking.type },
      { title: "PACKAGES", value: packagesOf },
    ],
    { theme, width },
  );
}

function packagesOf({ packages }: Pick<Environment, "packages">): string {
  return Object.entries(packages)
    .flatMap(([manager, names]) => names.map((name) => `${manager}=${name}`))
    .join(" ");
}
