import { createHash } from "node:crypto";

export const start = 'data: {"type":"start","runtime":"claude","provider":"anthropic","session_id":"s"}\n\n';

/** One frame, with an `id:` line where the event has one that counts. */
export function frame(
  event: { readonly id?: number; readonly [field: string]: unknown },
  { idLine = true } = {},
): string {
  return `${idLine && event.id !== undefined ? `id: ${event.id}\n` : ""}data: ${JSON.stringify(event)}\n\n`;
}

/** A finished session of several turns: `turns[0]` holds the outputs of turn 1, and so on. */
export function recordSession(turns: readonly (readonly string[])[], code = 0) {
  const hash = createHash("sha256");
  const logged: { id: number; startsTurn: boolean; turnStart: string; text: string }[] = [];
  let id = 0;
  for (const [index, outputs] of turns.entries()) {
    for (const [place, data] of outputs.entries()) {
      const turn = index + 1;
      const event = { type: "output", id: ++id, stream: "stdout", data, turn };
      hash.update(`${JSON.stringify(event)}\n`);
      const turnStart = frame({ type: "turn_start", id, turn }, { idLine: false });
      logged.push({ id, startsTurn: place === 0, turnStart, text: frame(event) });
    }
  }
  const exit = frame({ type: "exit", id: id + 1, code, count: logged.length, digest: hash.digest("hex") });
  return {
    /** What a connection from this cursor on gets, as a server writes it. */
    from(since = 0): string {
      const rest = logged.filter((event) => event.id > since);
      const [next] = rest;
      // A connection that begins inside a turn says again which.
      const again = since > 0 && next?.startsTurn === false ? next.turnStart : "";
      return (
        start + again + rest.map((event) => (event.startsTurn ? event.turnStart : "") + event.text).join("") + exit
      );
    },
    outputs: turns.flat(),
  };
}
