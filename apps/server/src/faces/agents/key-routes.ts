import { apiKeyCreateSchema, apiKeyListSchema, createdApiKeySchema, deletedSchema } from "@aod/core";
import { createApiKey } from "../../auth/api-keys.ts";
import { DomainError } from "../../domain/domain-error.ts";
import type { Services } from "../../services.ts";
import { getApiKey, listApiKeys, revokeApiKey } from "../../store/api-keys.ts";
import type { Answer, Call, KeyedRoute } from "./face-route.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toApiKey } from "./views.ts";

async function create(services: Services, call: Call): Promise<Answer> {
  const { db } = services.store;
  const { name, expires_at } = parseFields(apiKeyCreateSchema, asObject(await readJson(call.body)));
  const expiresAt = typeof expires_at === "string" ? new Date(expires_at) : null;
  const { id, key } = await createApiKey(db, { ownerId: call.ownerId, name, expiresAt });
  const row = await getApiKey(db, call.ownerId, id);
  if (row === null) throw new DomainError({ reason: "api_key_not_found" });
  // The only answer that ever holds a key; it is not kept for an Idempotency-Key either.
  return { status: 201, body: { ...toApiKey(row), key } };
}

async function revoke(services: Services, call: Call): Promise<Answer> {
  const { db } = services.store;
  const row = await getApiKey(db, call.ownerId, call.id);
  if (row === null) throw new DomainError({ reason: "api_key_not_found" });
  if (row.id === call.keyId) throw new DomainError({ reason: "api_key_in_use" });
  if (!row.isActive) throw new DomainError({ reason: "api_key_already_revoked" });
  await revokeApiKey(db, call.ownerId, call.id);
  return { status: 200, body: { detail: "API key revoked" } };
}

/** The keys of the account. Ours: the original has them in its web pages only. */
export function keyRoutes(services: Services): KeyedRoute[] {
  return [
    {
      ...{ method: "POST", path: "/keys", access: "key" },
      describe: {
        ...{ summary: "Create an API key", status: 201 },
        ...{ request: apiKeyCreateSchema, answer: createdApiKeySchema },
      },
      handle: (call) => create(services, call),
    },
    {
      ...{ method: "GET", path: "/keys", access: "key" },
      describe: { summary: "List API keys", status: 200, answer: apiKeyListSchema },
      handle: async (call) => {
        const keys = await listApiKeys(services.store.db, call.ownerId);
        return { status: 200, body: { data: keys.map(toApiKey) } };
      },
    },
    {
      ...{ method: "DELETE", path: "/keys/:id", access: "key" },
      describe: { summary: "Revoke an API key", status: 200, answer: deletedSchema },
      handle: (call) => revoke(services, call),
    },
  ];
}
