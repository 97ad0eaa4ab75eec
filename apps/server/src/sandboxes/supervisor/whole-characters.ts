/**
 * How many bytes at the end of `bytes` may be the start of a UTF-8 character that goes on in the next chunk (0 to 3).
 * A chunk cut there decodes by itself to the same text as the whole stream would, so that a reader needs no state and may
 * begin at any record.
 */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

function characterBytes(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
