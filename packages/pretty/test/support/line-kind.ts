/** What kind of line of the runtime it is: its types, from the outside in. */
export function lineKind(line: string): string {
  const object = JSON.parse(line) as Record<string, unknown>;
  const inner = (key: string): unknown => (object[key] as Record<string, unknown> | undefined)?.["type"];
  const kinds = [object["type"], object["subtype"], inner("item"), inner("event"), inner("assistantMessageEvent")];
  return kinds.filter((kind) => typeof kind === "string").join("/");
}
