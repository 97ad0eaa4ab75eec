import { mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SpoolWriter } from "./spool-writer.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aod-spool-"));
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** A disk with so many bytes left. Like a real one it writes what fits, and says that it is full only with nothing. */
function openOnDisk(bytesLeft: number) {
  const disk = { bytesLeft };
  const path = join(folder, "spool");
  const blocked: boolean[] = [];
  const spool = new SpoolWriter(
    path,
    (isBlocked) => blocked.push(isBlocked),
    (file, bytes, offset, length, position) => {
      const size = Math.min(length, disk.bytesLeft);
      if (size === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      disk.bytesLeft -= size;
      return writeSync(file, bytes, offset, size, position);
    },
  );
  return { disk, spool, blocked, text: () => readFileSync(path, "utf8") };
}

it("keeps what a full disk does not take, says so, and writes it in order when there is space again", async () => {
  const { disk, spool, blocked, text } = openOnDisk(10);
  const records = Array.from({ length: 5 }, (_, index) => `record-${String(index)};`);
  for (const record of records) spool.append(Buffer.from(record));
  expect({ text: text(), blocked }).toEqual({ text: "record-0;r", blocked: [true] });

  let isClosed = false;
  const closing = spool.close().then(() => (isClosed = true));
  await vi.advanceTimersByTimeAsync(10_000);
  expect({ text: text(), blocked, isClosed }).toEqual({ text: "record-0;r", blocked: [true], isClosed: false });

  disk.bytesLeft = 12;
  await vi.advanceTimersByTimeAsync(1_000);
  expect({ text: text(), isClosed }).toEqual({ text: "record-0;record-1;reco", isClosed: false });

  disk.bytesLeft = 1_000;
  await vi.advanceTimersByTimeAsync(1_000);
  await closing;
  expect({ text: text(), blocked }).toEqual({ text: records.join(""), blocked: [true, false] });
});
