/** What the command line has to know of a runtime. */
interface RuntimeFacts {
  /** The model of agents that `aod run` makes where none is named. */
  readonly model: string;
  /** Variables that hold its model provider's key, the usual one first. */
  readonly keys: readonly string[];
}

export const runtimes = {
  claude: { model: "anthropic/claude-sonnet-4-6", keys: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"] },
  codex: { model: "openai/gpt-4.1", keys: ["OPENAI_API_KEY"] },
  gemini: { model: "google/gemini-2.5-pro", keys: ["GEMINI_API_KEY"] },
  opencode: {
    model: "anthropic/claude-sonnet-4-6",
    keys: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"],
  },
  command: { model: "command", keys: [] },
} as const satisfies Readonly<Record<string, RuntimeFacts>>;

export type RuntimeName = keyof typeof runtimes;

export const runtimeNames = Object.keys(runtimes) as RuntimeName[];

export function isRuntime(name: string): name is RuntimeName {
  return Object.hasOwn(runtimes, name);
}

/** Every variable that may hold a model provider's key. */
export const modelKeys: readonly string[] = [...new Set(Object.values(runtimes).flatMap(({ keys }) => keys))];
