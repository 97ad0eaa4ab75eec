import { mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { readLastOutput } from "./last-output.ts";
import { OutputReader } from "./output-reader.ts";
import { openOutputPipes } from "./program-pipes.ts";
import { decodeRecord } from "./spool-format.ts";
import { SpoolWriter } from "./spool-writer.ts";

/** A spool on a disk that takes nothing until there is room, and what reads a program's output into it. */
function open() {
  const folder = mkdtempSync(join(tmpdir(), "aod-last-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [stdout, stderr] = openOutputPipes() ?? [];
  if (stdout === undefined || stderr === undefined) throw new Error("mkfifo is missing");
  const disk = { isFull: true };
  const blocked = Promise.withResolvers<undefined>();
  const path = join(folder, "spool");
  const spool: SpoolWriter = new SpoolWriter(
    path,
    (isBlocked) => {
      for (const reader of readers) {
        if (isBlocked) reader.pause();
        else reader.resume();
      }
      blocked.resolve(undefined);
    },
    (...args) => {
      if (disk.isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      return writeSync(...args);
    },
  );
  const readers = [
    new OutputReader("stdout", stdout.read(), spool, () => undefined),
    new OutputReader("stderr", stderr.read(), spool, () => undefined),
  ];
  return { stdout, stderr, disk, spool, readers, blocked: blocked.promise, text: () => textOf(readFileSync(path)) };
}

function textOf(spool: Buffer): string {
  let text = "";
  for (let record = decodeRecord(spool); record !== null; record = decodeRecord(spool)) {
    if (record.kind !== "end") text += Buffer.from(record.bytes).toString();
    spool = spool.subarray(record.length);
  }
  return text;
}

it("loses nothing that a program wrote before its end to a full disk, however long that stays full", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { stdout, stderr, disk, spool, readers, blocked, text } = open();
  writeSync(stdout.writeEnd, "first;");
  await blocked;
  writeSync(stdout.writeEnd, "in the pipe");
  for (const pipe of [stdout, stderr]) pipe.closeWriteEnd();

  const isRead = vi.fn();
  const reading = readLastOutput(readers, spool).then(isRead);
  await vi.advanceTimersByTimeAsync(60_000);
  expect({ text: text(), calls: isRead.mock.calls.length }).toEqual({ text: "", calls: 0 });
  disk.isFull = false;
  await vi.advanceTimersByTimeAsync(250);
  await reading;
  for (const reader of readers) reader.finish();
  await spool.close();
  expect(text()).toBe("first;in the pipe");
});
