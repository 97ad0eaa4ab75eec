import { Socket } from "node:net";
import type { ClientConfig } from "pg";

const longestSilenceMs = 30_000;

/**
 * Settings of a connection that does not wait for ever: a firewall that drops packets says nothing, and the system would
 * go on sending for a quarter of an hour. Not for statements that take long, such as migrations.
 *
 * @param silenceMs The connection ends, with `ETIMEDOUT`, when nothing was sent or received for so long.
 */
export function connectionConfig(connectionString: string, silenceMs = longestSilenceMs) {
  return {
    connectionString,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Not `query_timeout`: that one forgets the statement and leaves the connection to the next one.
    stream: () => {
      const socket = new Socket();
      return socket.setTimeout(silenceMs, () => {
        const error = new Error(`The database has not answered for ${silenceMs / 1_000} s`);
        socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
      });
    },
  } satisfies ClientConfig;
}
