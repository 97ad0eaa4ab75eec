import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it. */
interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/**
 * What to answer: JSON, or the frames of an event stream. `hold` keeps the stream open after its frames; `then` adds
 * frames to streams that are held, and ends them.
 */
export type ScriptedAnswer =
  | { readonly status?: number; readonly json: unknown; readonly then?: Readonly<Record<string, readonly object[]>> }
  | { readonly events: readonly object[]; readonly hold?: boolean };

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** In the order of their arrival; may be emptied. */
  readonly seen: SeenRequest[];
  /** Adds frames to a stream that is held, and ends it. */
  finish(stream: string, events: readonly object[]): void;
}

/**
 * A real HTTP server with prepared answers.
 *
 * @param answers By `METHOD /path`; a list is used up in order, its last entry stays. Others are answered with 404.
 */
export async function startScriptedServer(
  answers: Readonly<Record<string, ScriptedAnswer | ScriptedAnswer[]>>,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const held = new Map<string, ServerResponse>();
  const finish = (stream: string, events: readonly object[]): void => {
    held.get(stream)?.end(events.map(frame).join(""));
  };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const method = request.method ?? "GET";
      seen.push({ method, path: request.url ?? "", authorization: request.headers.authorization, body });
      const prepared = answers[`${method} ${pathname}`] ?? { status: 404, json: { detail: "Not found" } };
      const answer = Array.isArray(prepared) ? (prepared.length > 1 ? prepared.shift() : prepared[0]) : prepared;
      if (answer === undefined) throw new Error(`No answer is left for ${method} ${pathname}`);
      if ("json" in answer) {
        response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answer.json));
        for (const [stream, events] of Object.entries(answer.then ?? {})) finish(stream, events);
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of answer.events) response.write(frame(event));
      if (answer.hold) held.set(`${method} ${pathname}`, response);
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    finish,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function frame(event: object): string {
  const { id, type } = event as { id?: number; type: string };
  const idLine = id === undefined || type === "turn_start" ? "" : `id: ${id}\n`;
  return `${idLine}data: ${JSON.stringify(event)}\n\n`;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? undefined : JSON.parse(text);
}
