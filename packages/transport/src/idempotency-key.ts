/**
 * A fresh `Idempotency-Key`: 128 random bits in hex. `crypto.randomUUID` is not used because browsers hide it from pages
 * that come over plain http, such as a dashboard on a local network.
 */
export function createIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
