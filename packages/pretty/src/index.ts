export { createDecoder } from "./decoder.ts";
export type { Decoder, DecoderOptions, OutputStream, ProgramEnd } from "./types.ts";
