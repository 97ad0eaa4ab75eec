import { writeSync } from "node:fs";
import { expect, it } from "vitest";
import { openOutputPipes } from "./program-pipes.ts";
import { within } from "./within.ts";

it("counts what a pipe held when the time was over, also when this process was held up until then", async () => {
  const [pipe, other] = openOutputPipes() ?? [];
  if (pipe === undefined || other === undefined) throw new Error("mkfifo is missing");
  other.closeWriteEnd();
  other.read().destroy();
  const read: string[] = [];
  const source = pipe.read().on("data", (chunk: Buffer) => read.push(chunk.toString()));
  await new Promise(setImmediate);

  writeSync(pipe.writeEnd, "last words");
  const waited = within(1, new Promise(() => undefined));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  await waited;
  expect(read).toEqual(["last words"]);

  pipe.closeWriteEnd();
  source.destroy();
});
