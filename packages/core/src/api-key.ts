import { z } from "zod";
import { addFieldIssue, textField } from "./lax-fields.ts";

/** A key of the account, without the key itself. Ours, not part of the wire contract. */
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
  created_at: z.string(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The 201 of `POST /keys`: the only time that the key itself is shown. */
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

/** The body of `GET /keys`, newest first. */
export const apiKeyListSchema = z.looseObject({ data: z.array(apiKeySchema) });

const instant = z.iso.datetime({ offset: true });

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
});
export type ApiKeyCreateRequest = z.input<typeof apiKeyCreateSchema>;
