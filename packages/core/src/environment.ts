import { z } from "zod";
import { describeForm, dictField, integerField, isJsonObject, nullAsAbsent, textField } from "./lax-fields.ts";
import { environmentVariablesField } from "./environment-variables.ts";
import { pythonRepr } from "./python-repr.ts";

/** The package managers of an environment, in the order they run. */
export const packageManagers = ["apt", "cargo", "gem", "go", "npm", "pip"] as const;
/** One of {@link packageManagers}. */
export type PackageManager = (typeof packageManagers)[number];

/** Package manager to the packages it installs. */
export type Packages = Partial<Record<PackageManager, string[]>>;

/** What a sandbox may reach. Keys beside these two are kept and returned while `limited`. */
export const networkingSchema = z.looseObject({
  type: z.enum(["unrestricted", "limited"]),
  /** Host names; with `limited`, none means that nothing can be reached. */
  allowed_hosts: z.array(z.string()).optional(),
});
/** What a sandbox may reach. See {@link networkingSchema}. */
export type Networking = z.infer<typeof networkingSchema>;

const environmentFields = {
  id: z.string(),
  type: z.literal("environment"),
  name: z.string(),
  packages: z.record(z.string(), z.array(z.string())),
  setup_script: z.string().nullable(),
  networking: networkingSchema,
  version: z.number().int(),
  created_at: z.string(),
};

/** A recipe of sandboxes. Its environment variables are never returned. */
export const environmentSchema = z.looseObject({
  ...environmentFields,
  updated_at: z.string(),
  archived_at: z.string().nullable(),
});
/** A recipe of sandboxes. See {@link environmentSchema}. */
export type Environment = z.infer<typeof environmentSchema>;

/** An environment as one of its versions was. `id` is the environment's, `created_at` the snapshot's. */
export const environmentVersionSchema = z.looseObject(environmentFields);
/** An environment as one of its versions was. See {@link environmentVersionSchema}. */
export type EnvironmentVersion = z.infer<typeof environmentVersionSchema>;

/** The body of `GET /environments`. */
export const environmentListSchema = z.looseObject({ data: z.array(environmentSchema) });
/** The body of `GET /environments/{id}/versions`, highest version first. */
export const environmentVersionListSchema = z.looseObject({ data: z.array(environmentVersionSchema) });

function isStringList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function findPackagesProblem(packages: Readonly<Record<string, unknown>>): string | null {
  for (const [manager, names] of Object.entries(packages)) {
    if (!(packageManagers as readonly string[]).includes(manager)) {
      return `Unknown package manager: ${manager}. Must be one of: ${pythonRepr(packageManagers)}`;
    }
    if (!isStringList(names)) return `packages.${manager} must be a list of strings`;
  }
  return null;
}

function findNetworkingProblem(networking: Readonly<Record<string, unknown>>): string | null {
  const type = "type" in networking ? networking["type"] : "unrestricted";
  if (type !== "unrestricted" && type !== "limited") {
    return "networking.type must be 'unrestricted' or 'limited'";
  }
  if (type === "unrestricted" || !("allowed_hosts" in networking)) return null;
  if (!Array.isArray(networking["allowed_hosts"])) return "networking.allowed_hosts must be a list";
  return isStringList(networking["allowed_hosts"]) ? null : "networking.allowed_hosts must be a list of strings";
}

const packagesForm = {
  propertyNames: { enum: packageManagers },
  additionalProperties: { type: "array", items: { type: "string" } },
};

const packagesField = () => dictField(findPackagesProblem, packagesForm).transform((packages) => packages as Packages);

const networkingForm = describeForm(networkingSchema.partial());

const networkingField = () =>
  dictField(findNetworkingProblem, networkingForm).transform(
    // A bad one never gets here; the type is only missing when it is the default.
    (networking): Networking => ({ type: "unrestricted", ...(isJsonObject(networking) ? networking : {}) }),
  );

const nameField = () => textField({ max: 200 });

/** The body of `POST /environments`. */
export const environmentCreateSchema = z.object({
  name: nameField(),
  packages: packagesField().default({}),
  env_vars: environmentVariablesField().default({}),
  setup_script: textField().default(""),
  networking: networkingField().default({ type: "unrestricted" }),
});
/** The body of `POST /environments`. See {@link environmentCreateSchema}. */
export type EnvironmentCreateRequest = z.input<typeof environmentCreateSchema>;

/** The body of `PUT /environments/{id}`: what is given is replaced whole, null means left out. */
export const environmentUpdateSchema = z.object({
  version: integerField(),
  name: nullAsAbsent(nameField()),
  packages: nullAsAbsent(packagesField()),
  env_vars: nullAsAbsent(environmentVariablesField()),
  setup_script: nullAsAbsent(textField()),
  networking: nullAsAbsent(networkingField()),
});
/** The body of `PUT /environments/{id}`. See {@link environmentUpdateSchema}. */
export type EnvironmentUpdateRequest = z.input<typeof environmentUpdateSchema>;
