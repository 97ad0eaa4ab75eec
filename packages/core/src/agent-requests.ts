import { z } from "zod";
import {
  addFieldIssue,
  addFinding,
  dictField,
  integerField,
  nullAsAbsent,
  referenceField,
  textField,
  typeMessage,
} from "./lax-fields.ts";
import { mcpServersField } from "./mcp-server.ts";
import { findCatalogModel, modelCatalog } from "./models.ts";
import { pythonRepr } from "./python-repr.ts";
import { skillsField } from "./skill.ts";

/** Which discriminator a request uses: decides how `model` is checked and what form it has. */
export type AgentDialect = "runtime" | "provider";

const nameField = () => textField({ max: 200 });
const modelField = () => textField({ max: 100 });
const discriminatorField = () => textField({ max: 32 });

/** `provider/model` out of the catalog. */
const catalogModelField = () =>
  modelField().superRefine((model, context) => {
    if (findCatalogModel(model) !== undefined) return;
    const ids = modelCatalog.map(({ id }) => id).toSorted();
    addFinding(context, `Unknown model: ${model}. Must be one of: ${pythonRepr(ids)}`);
  });

/** Any name that is not blank. */
const freeModelField = () =>
  modelField().superRefine((model, context) => {
    if (model.trim() === "") addFinding(context, "Model must be a non-empty string");
  });

const argvField = () =>
  z
    .array(z.string({ error: typeMessage("a valid string") }), { error: typeMessage("a valid list") })
    .superRefine((argv, context) => {
      if (argv[0] === undefined || argv[0] === "") addFinding(context, "command must name a program");
    });

const noArgvField = () =>
  z
    .unknown()
    .superRefine((value, context) => {
      if (value === undefined || value === null) return;
      addFieldIssue(context, "value_error", "command is only for agents with runtime 'command'");
    })
    .meta({ type: "null", description: "Only for agents with runtime 'command'." })
    .optional();

const createFields = {
  name: nameField(),
  system: textField().default(""),
  description: textField().default(""),
  environment_id: referenceField(),
  skills: skillsField().default([]),
  mcp_servers: mcpServersField().default([]),
  metadata: dictField().default({}),
};

/** `POST /agents` with `runtime`: the model comes from the catalog, canonical as `provider/model`. */
export const runtimeAgentCreateSchema = z.object({
  ...createFields,
  model: catalogModelField(),
  runtime: discriminatorField(),
  provider: nullAsAbsent(discriminatorField()),
  command: noArgvField(),
});

/** `POST /agents` with `provider` only: the model is any name, with or without the provider's prefix. */
export const providerAgentCreateSchema = z.object({
  ...createFields,
  model: freeModelField(),
  provider: discriminatorField(),
  command: noArgvField(),
});

/** `POST /agents` with `runtime: "command"`: runs `command` (default `["bash"]`) with the prompt on standard input. */
export const commandAgentCreateSchema = z.object({
  ...createFields,
  model: modelField()
    .nullish()
    .transform((model) => model ?? "command"),
  runtime: z.literal("command"),
  provider: nullAsAbsent(discriminatorField()),
  command: nullAsAbsent(argvField()),
});

/** The body of `POST /agents`, in any of its three forms. */
export const agentCreateSchema = z.union([
  runtimeAgentCreateSchema,
  providerAgentCreateSchema,
  commandAgentCreateSchema,
]);
/** What a client may send to `POST /agents`. */
export type AgentCreateRequest = z.input<typeof agentCreateSchema>;

const updateFields = {
  /** The version that the change is based on. */
  version: integerField(),
  name: nullAsAbsent(nameField()),
  system: nullAsAbsent(textField()),
  description: nullAsAbsent(textField()),
  /** null detaches, left out leaves. */
  environment_id: referenceField(),
  skills: nullAsAbsent(skillsField()),
  mcp_servers: nullAsAbsent(mcpServersField()),
  /** Merged key by key; `""` removes a key. */
  metadata: nullAsAbsent(dictField()),
  runtime: nullAsAbsent(discriminatorField()),
  provider: nullAsAbsent(discriminatorField()),
};

/** `PUT /agents/{id}` under the runtime dialect. */
export const runtimeAgentUpdateSchema = z.object({
  ...updateFields,
  model: nullAsAbsent(catalogModelField()),
  command: noArgvField(),
});

/** `PUT /agents/{id}` under the provider dialect. */
export const providerAgentUpdateSchema = z.object({
  ...updateFields,
  model: nullAsAbsent(freeModelField()),
  command: noArgvField(),
});

/** `PUT /agents/{id}` of an agent that is, or becomes, one of the `command` runtime. */
export const commandAgentUpdateSchema = z.object({
  ...updateFields,
  model: nullAsAbsent(modelField()),
  command: nullAsAbsent(argvField()),
});

/** The body of `PUT /agents/{id}`, in any of its three forms. */
export const agentUpdateSchema = z.union([
  runtimeAgentUpdateSchema,
  providerAgentUpdateSchema,
  commandAgentUpdateSchema,
]);
/** What a client may send to `PUT /agents/{id}`. */
export type AgentUpdateRequest = z.input<typeof agentUpdateSchema>;
