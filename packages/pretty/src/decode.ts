// For who only decodes, such as a server: nothing of what prints.
export type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";
export { createDecoder } from "./decoder.ts";
export { runtimes } from "./runtimes/runtime.ts";
export type { Runtime, AnyRuntime } from "./runtimes/runtime.ts";
export type { Decoder, DecoderOptions, OutputStream, ProgramEnd } from "./types.ts";
