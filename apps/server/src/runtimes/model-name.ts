const PROVIDERS = ["anthropic", "openai", "google"] as const;
type Provider = (typeof PROVIDERS)[number];

/** The model's own name: `anthropic/claude-sonnet-4-6` gives `claude-sonnet-4-6`; any other prefix is part of the name. */
export function stripProvider(model: string): string {
  const { provider, name } = splitModel(model);
  return provider === null ? model : name;
}

/**
 * `provider/model`, as opencode wants it. A bare name gets the provider its name tells; an unknown one is left as it is, and
 * the CLI says what it thinks of it.
 */
export function withProvider(model: string): string {
  if (model.includes("/")) return model;
  const provider = /^claude/.test(model)
    ? "anthropic"
    : /^(gpt|o\d|codex|chatgpt)/.test(model)
      ? "openai"
      : /^gem(ini|ma)/.test(model)
        ? "google"
        : null;
  return provider === null ? model : `${provider}/${model}`;
}

/** The provider a model's prefix names, or null, and the rest. */
export function splitModel(model: string): { provider: Provider | null; name: string } {
  const slash = model.indexOf("/");
  const provider = PROVIDERS.find((known) => known === model.slice(0, Math.max(slash, 0)));
  return provider === undefined ? { provider: null, name: model } : { provider, name: model.slice(slash + 1) };
}
