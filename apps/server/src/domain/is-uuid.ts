/** A UUID in lower case, as a part of a regular expression. */
export const uuidPattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

const whole = new RegExp(`^${uuidPattern}$`, "i");

/** True for the text of a UUID. An id in a body that is none names nothing. */
export function isUuid(text: string): boolean {
  return whole.test(text);
}
