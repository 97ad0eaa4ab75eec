import { isWireObject, Names } from "../internal/wire.ts";
import type { WireObject } from "../internal/wire.ts";

/** What can install packages in a sandbox. */
export type PackageManager = "apt" | "cargo" | "gem" | "go" | "npm" | "pip";

/** Package manager to the packages it installs. */
export type Packages = Readonly<Partial<Record<PackageManager, readonly string[]>>>;

/** What a sandbox may reach. */
export interface Networking {
  /** @default "unrestricted" */
  readonly type: "unrestricted" | "limited";
  /** Host names for `limited`; none means that nothing can be reached. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Other keys are stored and returned as they are, under their own names. */
  readonly [key: string]: unknown;
}

interface EnvironmentFields {
  readonly id: string;
  readonly type: "environment";
  readonly name: string;
  readonly packages: Packages;
  readonly setupScript: string | null;
  readonly networking: Networking;
  /** Starts at 1 and counts real changes; `update` wants it back. */
  readonly version: number;
  /** ISO 8601, as all times. */
  readonly createdAt: string;
}

/** A recipe of sandboxes. Its environment variables are never returned. */
export interface Environment extends EnvironmentFields {
  readonly updatedAt: string;
  /** `null` while it can be used. */
  readonly archivedAt: string | null;
}

/** An environment as one of its versions was. `id` is the environment's; `createdAt` is when the version was made. */
export type EnvironmentVersion = EnvironmentFields;

interface EnvironmentSettings {
  readonly packages?: Packages | undefined;
  /** Environment variables of the agent; stored sealed, never returned. Replaced whole by an update. */
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  /** Shell script, run before the agent starts. `""` clears it. */
  readonly setupScript?: string | undefined;
  readonly networking?: Networking | undefined;
}

/** What `environments.create` takes. */
export interface EnvironmentCreateParams extends EnvironmentSettings {
  /** At most 200 characters; unique among the environments that are not archived. */
  readonly name: string;
}

/** What `environments.update` takes. What is left out stays; what is given is replaced whole. */
export interface EnvironmentUpdateParams extends EnvironmentSettings {
  /** The version that the change is based on; another one ends in a {@link ConflictError}. */
  readonly version: number;
  readonly name?: string | undefined;
}

const names = new Names<Environment & EnvironmentSettings>({
  envVars: true,
  setupScript: true,
  createdAt: true,
  updatedAt: true,
  archivedAt: true,
});

const networkingNames = new Names<{ allowedHosts: unknown }>({ allowedHosts: true });

const missing = { packages: {}, setupScript: null, networking: { type: "unrestricted" } };

export function encodeEnvironment(params: EnvironmentCreateParams | EnvironmentUpdateParams): Record<string, unknown> {
  const { networking } = params;
  return names.toWire({ ...params, networking: networking && networkingNames.toWire(networking) });
}

export function decodeEnvironment(wire: WireObject): Environment {
  return decode(wire, { ...missing, archivedAt: null }) as Environment;
}

export function decodeEnvironmentVersion(wire: WireObject): EnvironmentVersion {
  return decode(wire, missing);
}

function decode(wire: WireObject, defaults: object): EnvironmentVersion {
  const fields = names.fromWire(wire, defaults);
  const { networking } = fields;
  if (isWireObject(networking)) fields["networking"] = networkingNames.fromWire(networking);
  return fields as unknown as EnvironmentVersion;
}
