// Runs in workerd from the packed tarball: a resumed stream is put together and proved complete.
import { EventStream } from "@aod/stream";
import { encodeEvent } from "@aod/stream/encode";

const first = `{"type":"output","id":1,"stream":"stdout","data":"hello ","turn":1}`;
const second = `{"type":"output","id":2,"stream":"stdout","data":"world","turn":1}`;

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function readWhole(digest: string): Promise<{ text: string; verified: boolean }> {
  const last = JSON.stringify({ type: "exit", id: 3, code: 0, count: 2, digest });
  const connections = [
    encodeEvent({ id: 1, data: first }),
    encodeEvent({ id: 2, data: second }) + encodeEvent({ id: 3, data: last }),
  ];
  const stream = new EventStream({
    open: () =>
      Promise.resolve(new Response(connections.shift() ?? "", { headers: { "content-type": "text/event-stream" } })),
    initialDelayMs: 0,
  });
  let text = "";
  for await (const event of stream) if (event.type === "output") text += event.data;
  return { text, verified: stream.verified };
}

const worker = {
  async test(): Promise<void> {
    const digest = await sha256(`${first}\n${second}\n`);
    const { text, verified } = await readWhole(digest);
    if (text !== "hello world" || !verified) throw new Error(`read ${JSON.stringify({ text, verified })}`);
    const refused = await readWhole("0".repeat(64)).catch((error: unknown) => error);
    if (!(refused instanceof Error) || refused.name !== "StreamIntegrityError")
      throw new Error("a wrong digest passed");
  },
};

export { worker as default };
