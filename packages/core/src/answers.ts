import { z } from "zod";

/** One entry of a 422 list: what pydantic says of a field. */
export const fieldErrorSchema = z.looseObject({
  /** E.g. `missing`, `string_type`, `value_error`. */
  type: z.string(),
  /** Keys and indexes down to the field. */
  loc: z.array(z.union([z.string(), z.number()])),
  msg: z.string(),
  /** What was sent; redacted where it can be a secret. */
  input: z.unknown().optional(),
});
/** One entry of a 422 list: what pydantic says of a field. See {@link fieldErrorSchema}. */
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** The body of every answer of 400 and above that has one. */
export const errorBodySchema = z.looseObject({ detail: z.union([z.string(), z.array(fieldErrorSchema)]) });
/** The body of every answer of 400 and above that has one. See {@link errorBodySchema}. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** The body of 429: how many sessions may, and do, run at once. */
export const quotaErrorSchema = z.looseObject({
  detail: z.string(),
  limit: z.number().int(),
  active: z.number().int(),
});
/** The body of 429: how many sessions may, and do, run at once. See {@link quotaErrorSchema}. */
export type QuotaError = z.infer<typeof quotaErrorSchema>;

/** The body of a successful delete. */
export const deletedSchema = z.looseObject({ detail: z.string() });
/** The body of a successful delete. See {@link deletedSchema}. */
export type Deleted = z.infer<typeof deletedSchema>;

/** The body of `GET /health`. Checks of single parts may be missing. */
export const healthSchema = z.looseObject({
  status: z.string(),
  checks: z.record(z.string(), z.string()).optional(),
  /** What makes sandboxes on this server; null when it refuses new sessions. Foreign servers do not say. */
  driver: z.string().nullish(),
});
/** The body of `GET /health`. See {@link healthSchema}. */
export type Health = z.infer<typeof healthSchema>;
