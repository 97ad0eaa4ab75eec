import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createStreamWriter } from "./writer.ts";

/** A stream of the process that fails like this when it is written to. */
function failingStream(code: string): NodeJS.WriteStream {
  const error = Object.assign(new Error(`write ${code}`), { code });
  const stream: unknown = new Writable({ write: (_chunk, _encoding, done) => done(error) });
  return stream as NodeJS.WriteStream;
}

test.each(["EPIPE", "ECONNRESET"])("a reader that is gone (%s) is told once, and the rest is dropped", async (code) => {
  let closed = 0;
  const writer = createStreamWriter(failingStream(code), () => closed++);
  await writer.write("one");
  await writer.write("two");
  expect(closed).toBe(1);
});

test("any other failure to write is one", async () => {
  const writer = createStreamWriter(failingStream("EIO"));
  await expect(writer.write("text")).rejects.toThrow("Cannot write the output: write EIO");
});
