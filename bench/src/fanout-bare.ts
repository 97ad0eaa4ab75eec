// The alternative: `node:http` and nothing else, writing the same bytes to everybody.
import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { nowMs, toBatches } from "./fanout-protocol.ts";
import type { Plan } from "./fanout-protocol.ts";

const responses = new Set<ServerResponse>();
const server = createServer((_, response) => {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "x-request-id": "00000000-0000-4000-8000-000000000000",
  });
  const start = {
    type: "start",
    runtime: "command",
    provider: "command",
    session_id: "00000000-0000-4000-8000-000000000000",
  };
  response.write(`data: ${JSON.stringify(start)}\n\n`);
  responses.add(response);
}).listen(0, "127.0.0.1");
await once(server, "listening");
process.once("disconnect", () => process.exit(0));
process.on("message", (plan: Plan) => void send(plan));
process.send?.({ port: (server.address() as AddressInfo).port, path: "/", token: "none" });

async function send(plan: Plan): Promise<void> {
  process.send?.({ startedAtMs: nowMs() });
  let id = 0;
  let frames = `data: {"type":"turn_start","id":1,"turn":1}\n\n`;
  for await (const batch of toBatches(plan)) {
    for (const data of batch) {
      id += 1;
      frames += `id: ${id}\ndata: ${JSON.stringify({ type: "output", id, stream: "stdout", data, turn: 1 })}\n\n`;
    }
    const bytes = Buffer.from(frames);
    frames = "";
    const full: Promise<unknown>[] = [];
    for (const response of responses) if (!response.write(bytes)) full.push(once(response, "drain"));
    await Promise.all(full);
  }
  const exit = { type: "exit", id: id + 1, code: 0, count: id, digest: "0".repeat(64) };
  for (const response of responses) response.end(`id: ${id + 1}\ndata: ${JSON.stringify(exit)}\n\n`);
  responses.clear();
}
