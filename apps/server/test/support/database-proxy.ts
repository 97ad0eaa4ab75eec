import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A way to the database on which packets can get lost. */
export interface DatabaseProxy extends AsyncDisposable {
  readonly connectionString: string;
  /** From here on nothing passes, in either direction, and nobody is told. */
  block(): void;
  /** New connections pass again; those of before stay silent. */
  pass(): void;
}

/** What this database is reached by. */
function placeOf(connectionString: string): { path: string } | { host: string; port: number } {
  const { hostname, port, searchParams } = new URL(connectionString);
  const folder = searchParams.get("host");
  return folder === null ? { host: hostname, port: Number(port || 5432) } : { path: `${folder}/.s.PGSQL.5432` };
}

export async function startDatabaseProxy(connectionString: string): Promise<DatabaseProxy> {
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  let isBlocked = false;
  const forward = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("data", (bytes: Buffer) => {
      if (!silent.has(from)) to.write(bytes);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const database = connect(placeOf(connectionString));
    if (isBlocked) silent.add(client).add(database);
    forward(client, database);
    forward(database, client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(connectionString);
  url.searchParams.delete("host");
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    connectionString: url.href,
    block() {
      isBlocked = true;
      for (const socket of sockets) silent.add(socket);
    },
    pass() {
      isBlocked = false;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
