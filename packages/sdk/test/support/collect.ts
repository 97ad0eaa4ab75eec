import type { SessionEvent, SessionStream } from "../../src/index.ts";

/** Every event of a stream. */
export async function collect(stream: SessionStream): Promise<SessionEvent[]> {
  const collected: SessionEvent[] = [];
  for await (const event of stream) collected.push(event);
  return collected;
}

/** What the output events among these hold. */
export function dataOf(collected: readonly SessionEvent[]): string[] {
  return collected.flatMap((event) => (event.type === "output" ? [event.data] : []));
}
