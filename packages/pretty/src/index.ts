export { createDecoder } from "./decoder.ts";
export type { Decoder, OutputStream, ProgramEnd } from "./types.ts";
