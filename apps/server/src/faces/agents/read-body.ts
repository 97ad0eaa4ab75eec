import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FieldError } from "@aod/core";
import type { z } from "zod";
import { FaceError } from "./face-error.ts";
import { findUnstorable, toFieldErrors } from "./field-errors.ts";
import { redactInput } from "./redact-input.ts";

const inflate = promisify(gunzip);

/** The largest request body, in bytes, before and after unpacking. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** A request body as it came in. */
export interface RawBody {
  readonly bytes: Buffer;
  /** The `Content-Encoding` header. */
  readonly encoding: string | undefined;
}

/** A JSON object as a client sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Names the limit, so that the reader knows what to change. */
export function tooLarge(cause?: unknown): FaceError {
  return new FaceError(413, `Request body is too large. The limit is ${maxBodyBytes} bytes.`, { cause });
}

async function unpack({ bytes, encoding }: RawBody): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return bytes;
  if (name !== "gzip" && name !== "x-gzip") {
    throw new FaceError(415, "Unsupported Content-Encoding. Send the body plain or as gzip.");
  }
  try {
    return await inflate(bytes, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(error);
    throw new FaceError(400, "Request body is not complete, valid gzip", { cause: error });
  }
}

/**
 * The JSON value of a body, whatever its Content-Type says.
 *
 * @throws FaceError 400 `Invalid JSON`, 413, 415
 */
export async function readJson(body: RawBody): Promise<unknown> {
  const bytes = await unpack(body);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FaceError(400, "Invalid JSON", { cause: error });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws FaceError 422 for JSON that is no object */
export function asObject(value: unknown): JsonObject {
  if (isObject(value)) return value;
  const input = redactInput([], value);
  const entry: FieldError = { type: "dict_type", loc: [], msg: "Input should be a valid dictionary", input };
  throw new FaceError(422, [entry]);
}

/**
 * Checks every field.
 *
 * @throws FaceError 422 with an entry for each finding
 */
export function parseFields<T extends z.ZodType>(schema: T, body: JsonObject): z.output<T> {
  const unstorable = findUnstorable(body);
  // A body that no schema should walk: too deep, or with keys that are not what they seem.
  if (unstorable !== null) throw new FaceError(422, [unstorable]);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new FaceError(422, toFieldErrors(parsed.error.issues, body));
}
