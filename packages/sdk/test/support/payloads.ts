// Whole bodies as servers send them.

export const agent = {
  id: "7b0b2d8e-6c0f-4a54-9d38-1c6a4d2f0001",
  type: "agent",
  name: "hello",
  description: null,
  system: "You are terse.",
  provider: "anthropic",
  model: "anthropic/claude-sonnet-4-6",
  runtime: "claude",
  environment_id: "7b0b2d8e-6c0f-4a54-9d38-1c6a4d2f0002",
  skills: [
    { name: "review", description: "How to review", content: "# Review" },
    { type: "github", source: "owner/repo", description: "All of them" },
  ],
  mcp_servers: [
    { type: "url", name: "docs", url: "https://mcp.example.com", headers: { "X-Api_Key": "h", snake_case: "h" } },
    { type: "stdio", name: "db", command: "mcp-db", args: ["--ro"], env: { DB_URL: "e", snake_case: "e" } },
  ],
  metadata: { team_name: "core", nestedValue: { snake_case: 1 } },
  version: 3,
  created_at: "2026-04-17T14:00:00.000000+00:00",
  updated_at: "2026-04-18T14:00:00.000000+00:00",
  archived_at: null,
};

export const environment = {
  id: "7b0b2d8e-6c0f-4a54-9d38-1c6a4d2f0002",
  type: "environment",
  name: "python",
  packages: { pip: ["requests", "typing_extensions"], apt: [] },
  setup_script: null,
  networking: { type: "limited", allowed_hosts: ["pypi.org"], allow_package_managers: true, some_rule: { a_b: 1 } },
  version: 1,
  created_at: "2026-04-17T14:00:00.000000+00:00",
  updated_at: "2026-04-17T14:00:00.000000+00:00",
  archived_at: null,
};

export const session = {
  id: "7b0b2d8e-6c0f-4a54-9d38-1c6a4d2f0003",
  agent_id: agent.id,
  environment_id: environment.id,
  runtime: "claude",
  provider: "anthropic",
  status: "completed",
  exit_code: 0,
  created_at: "2026-04-17T14:00:00.000000+00:00",
  updated_at: "2026-04-17T14:01:00.000000+00:00",
  resources: [{ type: "github_repository", url: "https://github.com/me/repo", mount_path: "/workspace/repo" }],
  turn_count: 1,
  current_turn: 1,
};

export const createAck = {
  id: session.id,
  status: "pending",
  stream_url: `/sessions/${session.id}/stream`,
  environment_id: null,
  resources: session.resources,
  current_turn: 1,
};

export const turn = {
  turn_number: 1,
  prompt: "Print the current date.",
  status: "pending",
  exit_code: null,
  created_at: "2026-04-17T14:00:00.000000+00:00",
  started_at: null,
  ended_at: null,
};

/** The same object without some of its fields. */
export function without<T extends object, K extends keyof T>(value: T, ...fields: K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !fields.includes(key as K))) as Omit<T, K>;
}
