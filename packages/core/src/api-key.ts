import { z } from "zod";
import { addFieldIssue, listField, textField } from "./lax-fields.ts";

/** A key of the account, without the key itself. Other AoD servers have no such routes. */
export const apiKeySchema = z.looseObject({
  id: z.string(),
  type: z.literal("api_key"),
  name: z.string(),
  /** The first 12 characters of the key, to recognise it by. */
  prefix: z.string(),
  /** False once it was revoked. */
  is_active: z.boolean(),
  /** null: never. */
  expires_at: z.string().nullable(),
  /** What it is limited to, each `agent:<id>`; null for the whole account. Missing on servers that know no scopes. */
  scopes: z.array(z.string()).nullish(),
  created_at: z.string(),
});
/** A key of the account, without the key itself. See {@link apiKeySchema}. */
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The 201 of `POST /keys`: the only time that the key itself is shown. */
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });
/** The 201 of `POST /keys`: the only time that the key itself is shown. See {@link createdApiKeySchema}. */
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

/** The body of `GET /keys`, newest first. */
export const apiKeyListSchema = z.looseObject({ data: z.array(apiKeySchema) });

const instant = z.iso.datetime({ offset: true });

/** How many scopes one key can have. */
const maxScopes = 100;

const scopePattern = /^agent:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function findScopesProblem(scopes: readonly unknown[]): string | null {
  if (scopes.length === 0) return "scopes must name at least one agent, or be null for the whole account";
  if (scopes.length > maxScopes) return `Maximum ${maxScopes} scopes per key`;
  const wrong = scopes.findIndex((scope) => typeof scope !== "string" || !scopePattern.test(scope));
  return wrong === -1 ? null : `scopes[${wrong}] must be 'agent:<id>'`;
}

/** The body of `POST /keys`. The route is ours, so an unknown key is refused. */
export const apiKeyCreateSchema = z.strictObject({
  name: textField({ max: 100 }),
  /** ISO 8601 with an offset; null for a key that stays valid. @default null */
  expires_at: textField()
    .superRefine((value, context) => {
      if (instant.safeParse(value).success) return;
      addFieldIssue(context, "value_error", "expires_at must be an ISO 8601 date and time with an offset");
    })
    .nullish(),
  /** `agent:<id>` for each agent that the key is limited to; null for the whole account. @default null */
  scopes: listField(findScopesProblem, {
    items: { type: "string", pattern: scopePattern.source },
    minItems: 1,
    maxItems: maxScopes,
  })
    .transform((scopes) => scopes as string[])
    .nullish(),
});
/** The body of `POST /keys`. See {@link apiKeyCreateSchema}. */
export type ApiKeyCreateRequest = z.input<typeof apiKeyCreateSchema>;
