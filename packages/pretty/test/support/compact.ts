import type { AgentEvent } from "@aod/core";

const maxTextLength = 160;

/** The event in one line: its type, then its fields. */
export function compact({ type, ...fields }: AgentEvent): string {
  const words = Object.entries(fields).map(([name, value]) => `${name}=${shorten(value)}`);
  return [type.padEnd(13), ...words].join(" ");
}

function shorten(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= maxTextLength ? json : `${json.slice(0, maxTextLength)}…(${json.length})`;
}
