import {
  deletedSchema,
  environmentCreateSchema,
  environmentListSchema,
  environmentSchema,
  environmentUpdateSchema,
  environmentVersionListSchema,
} from "@aod/core";
import { DomainError } from "../../domain/domain-error.ts";
import {
  archiveOwnEnvironment,
  createEnvironment,
  deleteOwnEnvironment,
  updateEnvironment,
} from "../../operations/environments.ts";
import type { Services } from "../../services.ts";
import {
  findEnvironment,
  listEnvironments,
  listEnvironmentVersions,
  type EnvironmentRow,
} from "../../store/environments.ts";
import type { Call, KeyedRoute } from "./face-route.ts";
import { inTransaction } from "./idempotent.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toEnvironment, toEnvironmentVersion } from "./views.ts";

async function requireEnvironment(services: Services, call: Call): Promise<EnvironmentRow> {
  const environment = await findEnvironment(services.store.db, call.ownerId, call.id);
  if (environment === null) throw new DomainError({ reason: "environment_not_found" });
  return environment;
}

/** Environments: create, read, change, archive, delete (wire/aod 2). */
export function environmentRoutes(services: Services): KeyedRoute[] {
  const { keyring, store } = services;
  const { db } = store;
  return [
    {
      ...{ method: "POST", path: "/environments", access: "key" },
      describe: {
        ...{ summary: "Create an environment", status: 201 },
        ...{ request: environmentCreateSchema, answer: environmentSchema },
      },
      handle: (call) =>
        inTransaction(db, call, async (transaction) => {
          const environment = parseFields(environmentCreateSchema, asObject(await readJson(call.body)));
          const made = await createEnvironment(transaction, keyring, { ownerId: call.ownerId, environment });
          return { status: 201, body: toEnvironment(made) };
        }),
    },
    {
      ...{ method: "GET", path: "/environments", access: "key" },
      describe: { summary: "List environments", status: 200, answer: environmentListSchema },
      handle: async (call) => {
        const environments = await listEnvironments(db, call.ownerId);
        return { status: 200, body: { data: environments.map(toEnvironment) } };
      },
    },
    {
      ...{ method: "GET", path: "/environments/:id", access: "key" },
      describe: { summary: "Get an environment", status: 200, answer: environmentSchema },
      handle: async (call) => ({ status: 200, body: toEnvironment(await requireEnvironment(services, call)) }),
    },
    {
      ...{ method: "PUT", path: "/environments/:id", access: "key" },
      describe: {
        ...{ summary: "Change an environment", status: 200 },
        ...{ request: environmentUpdateSchema, answer: environmentSchema },
      },
      handle: async (call) => {
        const change = parseFields(environmentUpdateSchema, asObject(await readJson(call.body)));
        const changed = await updateEnvironment(db, keyring, { ownerId: call.ownerId, id: call.id, change });
        return { status: 200, body: toEnvironment(changed) };
      },
    },
    {
      ...{ method: "POST", path: "/environments/:id/archive", access: "key" },
      describe: { summary: "Archive an environment for good", status: 200, answer: environmentSchema },
      handle: async (call) => ({
        status: 200,
        body: toEnvironment(await archiveOwnEnvironment(db, call.ownerId, call.id)),
      }),
    },
    {
      ...{ method: "DELETE", path: "/environments/:id/delete", access: "key" },
      describe: { summary: "Delete an environment", status: 200, answer: deletedSchema },
      handle: async (call) => {
        await deleteOwnEnvironment(db, call.ownerId, call.id);
        return { status: 200, body: { detail: "Environment deleted" } };
      },
    },
    {
      ...{ method: "GET", path: "/environments/:id/versions", access: "key" },
      describe: { summary: "List the versions of an environment", status: 200, answer: environmentVersionListSchema },
      handle: async (call) => {
        await requireEnvironment(services, call);
        const versions = await listEnvironmentVersions(db, call.ownerId, call.id);
        return { status: 200, body: { data: versions.map(toEnvironmentVersion) } };
      },
    },
  ];
}
