import { pathOf } from "@aod/transport";
import type { Api } from "../internal/api.ts";
import { secretsIn } from "../internal/wire.ts";
import { decodeAgent, decodeAgentVersion, encodeAgent } from "../models/agent.ts";
import type { Agent, AgentCreateParams, AgentUpdateParams, AgentVersion, McpServer } from "../models/agent.ts";
import type { CreateOptions, RequestOptions } from "../request-options.ts";

/**
 * `/agents`: versioned templates of what runs.
 *
 * Every method throws `AodHttpError` (`AuthError`, `NotFoundError`, `ServerError`, ...) for an answer outside 200 to 299,
 * `ConnectionError` and `RequestTimeoutError` when there is none, `InvalidResponseError` when it has another shape, and the
 * reason of an aborted signal as it is. Below stands what only some of them throw.
 */
export class Agents {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** The agents that are not archived, newest first. */
  async list(options?: RequestOptions): Promise<Agent[]> {
    return this.#api.list({ method: "GET", path: "/agents" }, decodeAgent, options);
  }

  /**
   * Makes an agent, version 1.
   *
   * @throws ValidationError when a value is wrong
   * @throws ConflictError when the environment is archived
   */
  async create(params: AgentCreateParams, options?: CreateOptions): Promise<Agent> {
    const call = { method: "POST", path: "/agents", body: encodeAgent(params), secrets: secretsOf(params.mcpServers) };
    return this.#api.once(call, decodeAgent, options);
  }

  /** Also finds archived agents. */
  async get(id: string, options?: RequestOptions): Promise<Agent> {
    return this.#api.one({ method: "GET", path: pathOf`/agents/${id}` }, decodeAgent, options);
  }

  /**
   * Changes what is given. A change makes a new version, an update without one does not.
   *
   * @throws ConflictError when `params.version` is not the newest, or the agent is archived
   * @throws ValidationError when a value is wrong
   */
  async update(id: string, params: AgentUpdateParams, options?: RequestOptions): Promise<Agent> {
    const secrets = secretsOf(params.mcpServers);
    const call = { method: "PUT", path: pathOf`/agents/${id}`, body: encodeAgent(params), secrets };
    return this.#api.once(call, decodeAgent, options);
  }

  /**
   * Hides the agent from the list and from new sessions, for good; what exists goes on.
   *
   * @throws ConflictError when it is archived already
   */
  async archive(id: string, options?: RequestOptions): Promise<Agent> {
    return this.#api.one({ method: "POST", path: pathOf`/agents/${id}/archive` }, decodeAgent, options);
  }

  /** Every version, highest first. */
  async versions(id: string, options?: RequestOptions): Promise<AgentVersion[]> {
    return this.#api.list({ method: "GET", path: pathOf`/agents/${id}/versions` }, decodeAgentVersion, options);
  }
}

function secretsOf(servers: readonly McpServer[] = []): string[] {
  return servers.flatMap((server) => secretsIn(server.type === "stdio" ? server.env : server.headers));
}
