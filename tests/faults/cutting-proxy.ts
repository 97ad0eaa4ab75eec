import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy extends AsyncDisposable {
  /** Where clients connect; stays the same when the server moves. */
  readonly url: string;
  /** How many connections were cut so far. */
  readonly cuts: () => number;
  /** The server behind it; null while there is none. */
  setTarget(url: string | null): void;
}

/**
 * Forwards bytes between clients and a server, and breaks connections: each is reset when as many bytes have come back
 * as `nextBudget` said when it was made. `Infinity` leaves it alone.
 */
export async function startCuttingProxy(target: string, nextBudget: () => number): Promise<CuttingProxy> {
  let upstream: URL | null = new URL(target);
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (upstream === null) {
      client.resetAndDestroy();
      return;
    }
    const backend = connect(Number(upstream.port), upstream.hostname);
    let left = nextBudget();
    const close = (): void => {
      client.resetAndDestroy();
      backend.destroy();
    };
    for (const socket of [client, backend]) {
      open.add(socket);
      socket.on("error", close);
      socket.on("close", () => {
        open.delete(socket);
        close();
      });
    }
    client.pipe(backend);
    backend.on("data", (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length;
        client.write(chunk);
        return;
      }
      cuts += 1;
      backend.destroy();
      // The bytes before the cut have to arrive, the connection must not end properly.
      client.write(chunk.subarray(0, left), () => client.resetAndDestroy());
      left = Infinity;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    cuts: () => cuts,
    setTarget: (url) => (upstream = url === null ? null : new URL(url)),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
