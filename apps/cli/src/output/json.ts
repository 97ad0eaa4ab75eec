/** A value as indented JSON and a line break: what every command prints under `--json`. */
export function renderJson(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
