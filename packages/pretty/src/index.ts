export { ClaudeFormatter } from "./claude-formatter.ts";
export { createDecoder, runtimes } from "./decode.ts";
export type {
  AgentEvent,
  AgentResult,
  AgentUsage,
  Decoder,
  DecoderOptions,
  OutputStream,
  ProgramEnd,
  Runtime,
  AnyRuntime,
} from "./decode.ts";
export { createEventPrinter } from "./event-printer.ts";
export type { EventPrinter, EventPrinterOptions } from "./event-printer.ts";
export { formatterFor } from "./formatter-for.ts";
export type { Formatter, FormatterEvent } from "./formatter.ts";
export { toPrintable } from "./printable.ts";
export { createPrinter } from "./printer.ts";
export type { Printer, PrinterOptions } from "./printer.ts";
export { formatCost, formatDuration, formatTokens, render } from "./render.ts";
export { cutText, textWidth } from "./text-width.ts";
export { createTheme } from "./theme.ts";
export type { Theme } from "./theme.ts";
