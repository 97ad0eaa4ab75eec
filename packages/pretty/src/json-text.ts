/** The value as JSON; undefined when it is too deep for that, as an agent may print on purpose. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
