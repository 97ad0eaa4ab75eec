// The spool: what a supervised program wrote, framed, in one append-only file. Supervisor and readers share this file and
// nothing else, so a reader may be another process, started later.
//
//   kind u8 | length u32 | time f64 (ms since 1970) | payload[length]
import type { TurnEnd } from "../sandbox-driver.ts";

const headerBytes = 13;
/** A longer payload is never written, so a longer length is damage. */
const maxPayloadBytes = 1 << 20;

const kinds = { stdout: 1, stderr: 2, end: 3 } as const;

export type SpoolRecord =
  | { readonly kind: "stdout" | "stderr"; readonly time: number; readonly bytes: Uint8Array; readonly length: number }
  | { readonly kind: "end"; readonly time: number; readonly end: TurnEnd; readonly length: number };

export function encodeOutput(stream: "stdout" | "stderr", time: number, bytes: Uint8Array): Buffer {
  return encode(kinds[stream], time, bytes);
}

export function encodeEnd(time: number, end: TurnEnd): Buffer {
  return encode(kinds.end, time, Buffer.from(JSON.stringify(end)));
}

function encode(kind: number, time: number, payload: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(headerBytes + payload.length);
  record.writeUInt8(kind, 0);
  record.writeUInt32LE(payload.length, 1);
  record.writeDoubleLE(time, 5);
  record.set(payload, headerBytes);
  return record;
}

/** A spool holds what no supervisor writes: the disk or someone else changed it. */
export class SpoolDamagedError extends Error {
  override readonly name = "SpoolDamagedError";
}

/**
 * The record at the start of `bytes`, or null while it is not all there.
 *
 * @throws SpoolDamagedError
 */
export function decodeRecord(bytes: Buffer): SpoolRecord | null {
  if (bytes.length < headerBytes) return null;
  const kind = bytes.readUInt8(0);
  const size = bytes.readUInt32LE(1);
  if (kind < kinds.stdout || kind > kinds.end || size > maxPayloadBytes) {
    throw new SpoolDamagedError(`record of kind ${kind} and ${size} bytes`);
  }
  const length = headerBytes + size;
  if (bytes.length < length) return null;
  const time = bytes.readDoubleLE(5);
  const payload = bytes.subarray(headerBytes, length);
  if (kind === kinds.end) return { kind: "end", time, end: JSON.parse(payload.toString()) as TurnEnd, length };
  return { kind: kind === kinds.stdout ? "stdout" : "stderr", time, bytes: payload, length };
}
