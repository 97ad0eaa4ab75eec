// Many readers of one stream over real sockets, in a process of their own.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { nowMs } from "./fanout-protocol.ts";
import type { Target } from "./fanout-protocol.ts";

const sampleEvery = 50;

function open({ port, path, token }: Target, onData: (chunk: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.once("error", reject);
    // The answer's head and the first frame: from here on the reader is served.
    socket.once("data", () => resolve(socket));
    socket.on("data", onData);
  });
}

process.on("message", (message: { target: Target; readers: number }) => {
  void read(message.target, message.readers);
});
process.once("disconnect", () => process.exit(0));

async function read(target: Target, readers: number): Promise<void> {
  let bytes = 0;
  const latenciesMs: number[] = [];
  const sampled = () => {
    let rest = "";
    return (chunk: Buffer) => {
      const now = nowMs();
      bytes += chunk.length;
      const text = rest + chunk.toString("latin1");
      let end = 0;
      for (const match of text.matchAll(/"@([\d.]+)@/g)) {
        latenciesMs.push(now - Number(match[1]));
        end = match.index + match[0].length;
      }
      rest = text.slice(Math.max(end, text.length - 40));
    };
  };
  const counted = (chunk: Buffer) => void (bytes += chunk.length);
  const sockets = await Promise.all(
    Array.from({ length: readers }, (_, i) => open(target, i % sampleEvery === 0 ? sampled() : counted)),
  );
  const ended = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  process.send?.({ connected: sockets.length });
  await ended;
  process.send?.({ bytes, endedAtMs: nowMs(), latenciesMs });
}
