import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AodError } from "@aod/core/errors";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** Seals secrets for storage. */
export interface Keyring {
  /** The key that `seal` uses. */
  readonly keyId: string;
  /** Every key that `open` knows, the current one first. */
  readonly keyIds: readonly string[];
  /**
   * Encrypts `plaintext` for one place.
   *
   * @param context Names the row and column, e.g. `environments:<id>:env_vars`. What is sealed for one place cannot be opened in another.
   * @returns `<key id>.<base64url>`
   */
  seal(plaintext: string, context: string): string;
  /**
   * @throws SealError when it was changed, belongs to another place, or was sealed under a key that is not here.
   */
  open(sealed: string, context: string): string;
}

/** A sealed value cannot be opened. Tells the place and the key's id, never the value. */
export class SealError extends AodError {
  static override readonly brand = "SealError";

  constructor(message: string, cause?: unknown) {
    super("internal", message, { cause });
  }
}

/** Reads a key from its text form. null when it is not 32 bytes in base64 (either alphabet). */
export function parseKey(text: string): Buffer | null {
  const trimmed = text.trim();
  if (!/^[\w+/-]{43}=?$/.test(trimmed)) return null;
  const key = Buffer.from(trimmed, "base64");
  return key.length === keyBytes ? key : null;
}

/** A new random key, in the form that `AOD_ENCRYPTION_KEY` and the key file have. */
export function createKey(): string {
  return randomBytes(keyBytes).toString("base64");
}

// Of the hash's hash, so that the id says nothing about the key.
function toKeyId(key: Buffer): string {
  return createHash("sha256")
    .update("aod key id")
    .update(createHash("sha256").update(key).digest())
    .digest("hex")
    .slice(0, 12);
}

/**
 * AES-256-GCM under the first of `keys`; the others only open what they sealed before a rotation.
 *
 * @param keys 32 bytes each, at least one.
 */
export function createKeyring(keys: readonly [Buffer, ...Buffer[]]): Keyring {
  const byId = new Map(keys.map((key) => [toKeyId(key), key]));
  const current = keys[0];
  const keyId = toKeyId(current);
  const toAad = (id: string, context: string) => Buffer.from(`aod:${id}:${context}`);
  return {
    keyId,
    keyIds: [...byId.keys()],
    seal(plaintext, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, current, iv, { authTagLength: tagBytes }).setAAD(toAad(keyId, context));
      const sealed = Buffer.concat([iv, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${keyId}.${sealed.toString("base64url")}`;
    },
    open(sealed, context) {
      const [id = "", body = ""] = sealed.split(".");
      const key = byId.get(id);
      if (key === undefined) {
        throw new SealError(`${context} was sealed under the key ${id}, which this server does not have.`);
      }
      const bytes = Buffer.from(body, "base64url");
      try {
        const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
          .setAAD(toAad(id, context))
          .setAuthTag(bytes.subarray(-tagBytes));
        return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8");
      } catch (error) {
        throw new SealError(`${context} cannot be opened: it was changed, or belongs to another row.`, error);
      }
    },
  };
}
