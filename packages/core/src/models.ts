/** The agent CLIs that the wire knows, in the order its error texts list them. */
export const wireRuntimes = ["claude", "codex", "gemini", "opencode"] as const;

/** Every runtime: the wire's, and `command`, which runs a program of the user's own. */
export const runtimeNames = [...wireRuntimes, "command"] as const;

/** A key of the runtime table. */
export type RuntimeName = (typeof runtimeNames)[number];

/** The providers that an agent can be written with in the provider dialect, in the order its error texts list them. */
export const wireProviders = ["anthropic", "openai"] as const;

/** One model of the runtime dialect's catalog. */
export interface CatalogModel {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: string;
  /** The only runtimes that can use it. @default every runtime that serves its provider */
  readonly runtimes?: readonly RuntimeName[];
}

const catalogIds = {
  anthropic: [
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
    "claude-opus-4-0-20250514",
    "claude-sonnet-4-0-20250514",
    "claude-sonnet-4-5-20250514",
    "claude-3-5-haiku-20241022",
  ],
  openai: ["gpt-4.1", "o3", "o4-mini"],
  google: ["gemini-2.5-pro", "gemini-2.5-flash"],
};

/** The models that agents of the runtime dialect can name. The provider dialect is not bound by it. */
export const modelCatalog: readonly CatalogModel[] = Object.entries(catalogIds).flatMap(([provider, models]) =>
  models.map((model) => ({ id: `${provider}/${model}`, provider })),
);

/** The catalog's entry of a `provider/model`, or undefined. */
export function findCatalogModel(id: string): CatalogModel | undefined {
  return modelCatalog.find((model) => model.id === id);
}
