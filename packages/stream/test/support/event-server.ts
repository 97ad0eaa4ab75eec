import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One connection of a client under test. */
export interface Connection {
  /** Counts from 0. */
  readonly number: number;
  /** The value of `Last-Event-ID`, 0 when there was none. */
  readonly after: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Sends the headers of an event stream and these bytes; resolves when they are on their way. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Breaks the connection off. */
  cut(): void;
}

/** A real HTTP server on a free port of this machine that answers each connection with `answer`. */
export class EventServer implements AsyncDisposable {
  readonly connections: Connection[] = [];
  readonly #server = createServer();
  readonly #answer: (connection: Connection) => unknown;

  constructor(answer: (connection: Connection) => unknown) {
    this.#answer = answer;
  }

  static async start(answer: (connection: Connection) => unknown): Promise<EventServer> {
    const server = new EventServer(answer);
    server.#server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const connection: Connection = {
        number: server.connections.length,
        after: Number(request.headers["last-event-id"] ?? 0),
        request,
        response,
        async send(bytes) {
          if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
          await new Promise((resolve) => response.write(bytes, resolve));
        },
        cut() {
          request.socket.destroy();
        },
      };
      server.connections.push(connection);
      void server.#answer(connection);
    });
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  /** Opens a connection as a user would: with plain `fetch`. */
  readonly open = (lastEventId: number | null, signal: AbortSignal): Promise<Response> => {
    const { port } = this.#server.address() as AddressInfo;
    const headers = lastEventId === null ? {} : { "Last-Event-ID": String(lastEventId) };
    return fetch(`http://127.0.0.1:${port}/`, { headers, signal });
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
