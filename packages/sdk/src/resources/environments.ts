import { pathOf } from "@aod/transport";
import type { Api } from "../internal/api.ts";
import { secretsIn } from "../internal/wire.ts";
import { decodeEnvironment, decodeEnvironmentVersion, encodeEnvironment } from "../models/environment.ts";
import type {
  Environment,
  EnvironmentCreateParams,
  EnvironmentUpdateParams,
  EnvironmentVersion,
} from "../models/environment.ts";
import type { CreateOptions, RequestOptions } from "../request-options.ts";

/**
 * `/environments`: versioned recipes of the sandboxes that agents run in. Methods throw as those of `Agents`, and
 * what stands below.
 */
export class Environments {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** The environments that are not archived, newest first. */
  async list(options?: RequestOptions): Promise<Environment[]> {
    return this.#api.list({ method: "GET", path: "/environments" }, decodeEnvironment, options);
  }

  /**
   * Makes an environment, version 1.
   *
   * @throws ValidationError when a value is wrong
   * @throws ConflictError when an environment that is not archived has this name
   */
  async create(params: EnvironmentCreateParams, options?: CreateOptions): Promise<Environment> {
    const body = encodeEnvironment(params);
    const call = { method: "POST", path: "/environments", body, secrets: secretsIn(params.envVars) };
    return this.#api.once(call, decodeEnvironment, options);
  }

  /** Also finds archived environments. */
  async get(id: string, options?: RequestOptions): Promise<Environment> {
    return this.#api.one({ method: "GET", path: pathOf`/environments/${id}` }, decodeEnvironment, options);
  }

  /**
   * Replaces what is given. A change makes a new version, an update without one does not.
   *
   * @throws ConflictError when `params.version` is not the newest, the name is taken, or the environment is archived
   * @throws ValidationError when a value is wrong
   */
  async update(id: string, params: EnvironmentUpdateParams, options?: RequestOptions): Promise<Environment> {
    const body = encodeEnvironment(params);
    const secrets = secretsIn(params.envVars);
    const call = { method: "PUT", path: pathOf`/environments/${id}`, body, secrets };
    return this.#api.once(call, decodeEnvironment, options);
  }

  /**
   * Hides the environment from the list and from new use, for good; what exists goes on.
   *
   * @throws ConflictError when it is archived already
   */
  async archive(id: string, options?: RequestOptions): Promise<Environment> {
    return this.#api.one({ method: "POST", path: pathOf`/environments/${id}/archive` }, decodeEnvironment, options);
  }

  /**
   * Removes the environment with its versions; agents lose it as their default.
   *
   * @throws ConflictError while a session still refers to it
   */
  async delete(id: string, options?: RequestOptions): Promise<void> {
    return this.#api.remove(pathOf`/environments/${id}/delete`, options);
  }

  /** Every version, highest first. */
  async versions(id: string, options?: RequestOptions): Promise<EnvironmentVersion[]> {
    const call = { method: "GET", path: pathOf`/environments/${id}/versions` };
    return this.#api.list(call, decodeEnvironmentVersion, options);
  }
}
