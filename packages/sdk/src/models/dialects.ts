/** The agent CLI of an agent. `command` runs a program of your own. */
export type Runtime = "claude" | "codex" | "gemini" | "opencode" | "command" | (string & {});

/** Whose model an agent uses. */
export type Provider = "anthropic" | "openai" | "google" | "command" | (string & {});

const providerOf: Readonly<Record<string, string>> = { claude: "anthropic", codex: "openai", gemini: "google" };
const runtimeOf: Readonly<Record<string, string>> = { anthropic: "claude", openai: "codex", google: "gemini" };

/**
 * Fills the one of `runtime` and `provider` that an older or newer server leaves out, by the tables
 * above. What has no row there gets the other's name, as servers do.
 */
export function withBothDialects(fields: Record<string, unknown>): Record<string, unknown> {
  const { runtime, provider, model } = fields;
  if (provider === undefined && typeof runtime === "string") {
    const prefix = typeof model === "string" ? /^(anthropic|openai|google)\//.exec(model)?.[1] : undefined;
    return { ...fields, provider: providerOf[runtime] ?? prefix ?? runtime };
  }
  if (runtime === undefined && typeof provider === "string") {
    return { ...fields, runtime: runtimeOf[provider] ?? provider };
  }
  return fields;
}
