import { apiKeyCreateSchema, apiKeyListSchema, createdApiKeySchema, deletedSchema } from "@aod/core";
import { createKey } from "../../operations/create-key.ts";
import { revokeKey } from "../../operations/revoke-key.ts";
import type { Services } from "../../services.ts";
import { listApiKeys } from "../../store/api-keys.ts";
import { route, type KeyedRoute } from "./face-route.ts";
import { onceRoutes } from "./idempotent.ts";
import { asObject, parseFields, readJson } from "./read-body.ts";
import { toApiKey } from "./views.ts";

/** A time's offset may carry it out of the years that the database and answers can write. */
const newKeySchema = apiKeyCreateSchema.superRefine(({ expires_at: text }, context) => {
  const year = new Date(text ?? 0).getUTCFullYear();
  if (year < 1 || year > 9999) {
    context.addIssue({ code: "custom", path: ["expires_at"], message: "expires_at must be in the years 1 to 9999" });
  }
});

/** The keys of the account. Ours: the original has them in its web pages only. */
export function keyRoutes(services: Services): KeyedRoute[] {
  const { db } = services.store;
  const once = onceRoutes(services);
  return [
    // The only answer that ever holds a key: it is not kept for an Idempotency-Key.
    route(
      "POST",
      "/keys",
      {
        operationId: "createKey",
        summary: "Create an API key",
        status: 201,
        request: apiKeyCreateSchema,
        refersToRows: true,
        answer: createdApiKeySchema,
      },
      async (call) => {
        const request = parseFields(newKeySchema, asObject(await readJson(call.body)));
        const { row, key } = await db.transaction((transaction) => createKey(transaction, call.ownerId, request));
        return { status: 201, body: { ...toApiKey(row), key } };
      },
    ),
    route(
      "GET",
      "/keys",
      { operationId: "listKeys", summary: "List API keys", status: 200, answer: apiKeyListSchema },
      async (call) => {
        const keys = await listApiKeys(db, call.ownerId);
        return { status: 200, body: { data: keys.map(toApiKey) } };
      },
    ),
    once(
      "DELETE",
      "/keys/:id",
      { operationId: "revokeKey", summary: "Revoke an API key", status: 200, answer: deletedSchema },
      async ({ ownerId, id, keyId }, transaction) => {
        await revokeKey(transaction, { ownerId, id, usedId: keyId });
        return { status: 200, body: { detail: "API key revoked" } };
      },
    ),
  ];
}
