import {
  deletedSchema,
  environmentCreateSchema,
  environmentListSchema,
  environmentSchema,
  environmentUpdateSchema,
  environmentVersionListSchema,
} from "@aod/core";
import { archiveOwnEnvironment } from "../../operations/archive-environment.ts";
import { createEnvironment } from "../../operations/create-environment.ts";
import { deleteOwnEnvironment } from "../../operations/delete-environment.ts";
import { requireEnvironment } from "../../operations/require-row.ts";
import { updateEnvironment } from "../../operations/update-environment.ts";
import type { Services } from "../../services.ts";
import { listEnvironments, listEnvironmentVersions } from "../../store/environments.ts";
import { route, type KeyedRoute } from "./face-route.ts";
import { onceRoutes } from "./idempotent.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toEnvironment, toEnvironmentVersion } from "./views.ts";

/** Environments: create, read, change, archive, delete. */
export function environmentRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  const once = onceRoutes(services);
  return [
    once(
      "POST",
      "/environments",
      {
        operationId: "createEnvironment",
        summary: "Create an environment",
        status: 201,
        request: environmentCreateSchema,
        answer: environmentSchema,
      },
      async (call, transaction) => {
        const environment = parseFields(environmentCreateSchema, asObject(await readJson(call.body)));
        const made = await createEnvironment(transaction, services.keyring, { ownerId: call.ownerId, environment });
        return { status: 201, body: toEnvironment(made) };
      },
    ),
    route(
      "GET",
      "/environments",
      { operationId: "listEnvironments", summary: "List environments", status: 200, answer: environmentListSchema },
      async (call) => {
        const environments = await listEnvironments(db, call.ownerId);
        return { status: 200, body: { data: environments.map(toEnvironment) } };
      },
    ),
    route(
      "GET",
      "/environments/:id",
      { operationId: "getEnvironment", summary: "Get an environment", status: 200, answer: environmentSchema },
      async (call) => ({ status: 200, body: toEnvironment(await requireEnvironment(db, call.ownerId, call.id)) }),
    ),
    once(
      "PUT",
      "/environments/:id",
      {
        operationId: "updateEnvironment",
        summary: "Change an environment",
        status: 200,
        request: environmentUpdateSchema,
        answer: environmentSchema,
      },
      async (call, transaction) => {
        const change = parseFields(environmentUpdateSchema, asObject(await readJson(call.body)));
        const request = { ownerId: call.ownerId, id: call.id, change };
        return { status: 200, body: toEnvironment(await updateEnvironment(transaction, services.keyring, request)) };
      },
    ),
    once(
      "POST",
      "/environments/:id/archive",
      {
        operationId: "archiveEnvironment",
        summary: "Archive an environment for good",
        status: 200,
        answer: environmentSchema,
      },
      async (call, transaction) => {
        return { status: 200, body: toEnvironment(await archiveOwnEnvironment(transaction, call.ownerId, call.id)) };
      },
    ),
    once(
      "DELETE",
      "/environments/:id/delete",
      { operationId: "deleteEnvironment", summary: "Delete an environment", status: 200, answer: deletedSchema },
      async (call, transaction) => {
        await deleteOwnEnvironment(transaction, call.ownerId, call.id);
        return { status: 200, body: { detail: "Environment deleted" } };
      },
    ),
    route(
      "GET",
      "/environments/:id/versions",
      {
        operationId: "listEnvironmentVersions",
        summary: "List the versions of an environment",
        status: 200,
        answer: environmentVersionListSchema,
      },
      async (call) => {
        await requireEnvironment(db, call.ownerId, call.id);
        const versions = await listEnvironmentVersions(db, call.ownerId, call.id);
        return { status: 200, body: { data: versions.map(toEnvironmentVersion) } };
      },
    ),
  ];
}
