import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeEnd, encodeOutput, SpoolDamagedError } from "./spool-format.ts";
import { tailSpool } from "./spool-tail.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aod-spool-"));
  path = join(folder, "spool");
});

afterEach(() => rmSync(folder, { recursive: true }));

const output = (text: string) => encodeOutput("stdout", 1, Buffer.from(text));
const end = encodeEnd(2, { reason: "exit", code: 0 });

function tail(options: { offset?: number; isWriterAlive?: () => boolean; signal?: AbortSignal } = {}) {
  return tailSpool({ path, offset: 0, signal: new AbortController().signal, isWriterAlive: () => true, ...options });
}

async function textOf(records: ReturnType<typeof tail>): Promise<string[]> {
  const texts: string[] = [];
  for await (const record of records)
    texts.push(record.kind === "end" ? record.end.reason : Buffer.from(record.bytes).toString());
  return texts;
}

describe("tailSpool", () => {
  it("waits for the rest of a torn record, at whatever byte it is torn", async () => {
    const bytes = Buffer.concat([output("first"), output("second"), end]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      writeFileSync(path, bytes.subarray(0, cut));
      const texts = textOf(tail());
      appendFileSync(path, bytes.subarray(cut));
      expect(await texts, `cut at ${String(cut)}`).toEqual(["first", "second", "exit"]);
      rmSync(path);
    }
  });

  it("waits for a spool that is not there yet", async () => {
    const texts = textOf(tail());
    writeFileSync(path, Buffer.concat([output("late"), end]));
    expect(await texts).toEqual(["late", "exit"]);
  });

  it("goes on exactly behind the record that was stored last", async () => {
    writeFileSync(path, Buffer.concat([output("a"), output("b"), end]));
    const offsets: number[] = [];
    for await (const record of tail()) offsets.push(record.nextOffset);
    expect(await textOf(tail({ offset: offsets[0] ?? 0 }))).toEqual(["b", "exit"]);
    expect(await textOf(tail({ offset: offsets[1] ?? 0 }))).toEqual(["exit"]);
  });

  it("finishes without an end record when the writer is dead, after a last look", async () => {
    writeFileSync(path, output("before"));
    const isWriterAlive = (): boolean => {
      appendFileSync(path, output("last words"));
      return false;
    };
    expect(await textOf(tail({ isWriterAlive }))).toEqual(["before", "last words"]);
  });

  it("leaves a torn record of a dead writer out", async () => {
    writeFileSync(path, Buffer.concat([output("whole"), output("torn").subarray(0, 15)]));
    expect(await textOf(tail({ isWriterAlive: () => false }))).toEqual(["whole"]);
  });

  it("refuses a spool that no supervisor wrote", async () => {
    writeFileSync(path, Buffer.alloc(64));
    await expect(textOf(tail())).rejects.toThrow(SpoolDamagedError);
  });

  it("ends at once when the reader gives up", async () => {
    const reader = new AbortController();
    const texts = textOf(tail({ signal: reader.signal }));
    reader.abort(new Error("enough"));
    await expect(texts).rejects.toThrow("enough");
  });
});
