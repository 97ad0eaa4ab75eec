const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for the text of a UUID. An id in a body that is none names nothing (wire contract, section 5.2). */
export function isUuid(text: string): boolean {
  return pattern.test(text);
}
