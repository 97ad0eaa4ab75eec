import { createHash } from "node:crypto";

/** How many events a stream had, and SHA-256 over their bytes. */
export interface Recount {
  readonly count: number;
  readonly digest: string;
}

/**
 * Counts and hashes a session's stream without any code of ours, the way docs/streaming.md tells anybody to: the `data`
 * of every event with an id, each with one line feed, without the terminal event at the end.
 */
export async function recount(url: string, token: string, sessionId: string, signal: AbortSignal): Promise<Recount> {
  const response = await fetch(`${url}/sessions/${sessionId}/stream`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  if (!response.ok) throw new Error(`Reading the stream again was answered with ${response.status}`);
  const logged = [...(await response.text()).matchAll(/^id: \d+\ndata: (.*)\n/gm)].map(([, data]) => data ?? "");
  const events = logged.slice(0, -1);
  const hash = createHash("sha256");
  for (const data of events) hash.update(`${data}\n`);
  return { count: events.length, digest: hash.digest("hex") };
}
