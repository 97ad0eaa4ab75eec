/** Merges key by key; a key whose new value is `""` is removed. */
export function mergeMetadata(
  current: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = Object.entries({ ...current, ...change });
  return Object.fromEntries(merged.filter(([key, value]) => !(key in change && value === "")));
}
