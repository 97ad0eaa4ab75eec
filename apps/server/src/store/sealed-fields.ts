/** The places that secrets are sealed for: what `Keyring.seal` and `Keyring.open` take as their context. */
export const sealedField = {
  /** `environments.env_vars_sealed`, and the same column of its versions: a JSON object of string to string. */
  environmentVariables: (environmentId: string) => `environments:${environmentId}:env_vars`,
  /** `agents.mcp_servers`, and the same column of its versions: each server as a JSON object. */
  agentMcpServers: (agentId: string) => `agents:${agentId}:mcp_servers`,
  /** `mcpServers` in `sessions.agent_snapshot`: the same. */
  sessionMcpServers: (sessionId: string) => `sessions:${sessionId}:mcp_servers`,
  /** `sessions.secrets_sealed`: a JSON object of string to string. */
  sessionSecrets: (sessionId: string) => `sessions:${sessionId}:secrets`,
  /** `session_resources.token_sealed`: the bare token. */
  resourceToken: (sessionId: string, position: number) => `session_resources:${sessionId}:${position}:token`,
  /** `idempotency_keys.body`: the answer as it was sent. */
  storedAnswer: (ownerId: string, key: string) => `idempotency_keys:${ownerId}:${key}:body`,
};
