import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received, request: IncomingMessage) => void;

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Breaks the connection without an answer. */
export const hangUp: Answer = (_response, _received, request) => {
  request.socket.destroy();
};

/** Never answers. */
export const silence: Answer = () => undefined;

export interface TestServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves when this many requests have arrived. */
  arrived(count: number): Promise<void>;
}

/** A real server on a free port that plays the answers one after the other; the last one stays. Ends with the test. */
export async function startServer(...answers: Answer[]): Promise<TestServer> {
  const received: Received[] = [];
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
      const answer = answers[Math.min(received.length, answers.length - 1)];
      received.push(entry);
      answer?.(response, entry, request);
      arrivals.emit("arrival");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    arrived: async (count) => {
      while (received.length < count) await once(arrivals, "arrival");
    },
  };
}

/** Sends these frames as an event stream, then ends the connection, or breaks it off. */
export function events(frames: string, { cut = false } = {}): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (cut) response.write(frames, () => response.destroy());
    else response.end(frames);
  };
}
