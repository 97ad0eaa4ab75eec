import type { AgentEvent, AgentResult } from "@aod/core";
import { rawLine } from "./json-line.ts";
import { LineSplitter } from "./line-splitter.ts";
import { toPrintable } from "./printable.ts";
import { resultOfEnd } from "./result-of-end.ts";
import { lineDecoders } from "./runtimes/line-decoders.ts";
import { createRawLineDecoder } from "./runtimes/raw-lines.ts";
import { isRuntime } from "./runtimes/runtime.ts";
import type { AnyRuntime } from "./runtimes/runtime.ts";
import type { Decoder, DecoderOptions, LineDecoder, OutputStream, ProgramEnd } from "./types.ts";

/** Longest reason made of stderr, in UTF-16 units. */
const maxReasonLength = 500;

/**
 * Decodes one turn of the runtime: bytes or text in, agent events out. What it does not know comes as `raw` events, so
 * nothing is lost. The last event is the one `result`. Never throws on what an agent prints.
 *
 * @param runtime One of {@link runtimes}. Of any other, also a misspelt one, every line is a `raw` event.
 *
 * @example
 * const decoder = createDecoder("claude");
 * for await (const chunk of child.stdout) for (const event of decoder.write(chunk)) handle(event);
 * for (const event of decoder.end({ exitCode: child.exitCode })) handle(event);
 */
export function createDecoder(runtime: AnyRuntime, options: DecoderOptions = {}): Decoder {
  return new RuntimeDecoder(isRuntime(runtime) ? lineDecoders[runtime](options) : createRawLineDecoder());
}

class RuntimeDecoder implements Decoder {
  readonly #lines: LineDecoder;
  readonly #stdout = new LineSplitter();
  readonly #stderr = new LineSplitter();
  #lastError = "";

  constructor(lines: LineDecoder) {
    this.#lines = lines;
  }

  write(chunk: Uint8Array | string, stream: OutputStream = "stdout"): AgentEvent[] {
    return stream === "stdout"
      ? this.#decode(this.#stdout.write(chunk))
      : this.#decodeErrors(this.#stderr.write(chunk));
  }

  end(end: ProgramEnd): AgentEvent[] {
    const events = [
      ...this.#decode(this.#stdout.end()),
      ...this.#decodeErrors(this.#stderr.end()),
      ...this.#lines.end(end),
    ];
    const last = events.pop();
    const result = last?.type === "result" ? last : resultOfEnd(end);
    if (last && last !== result) events.push(last);
    return [...events, this.#withReason(result, end)];
  }

  #decode(lines: readonly string[]): AgentEvent[] {
    const events: AgentEvent[] = [];
    for (const line of lines) for (const event of this.#lines.line(line)) events.push(event);
    return events;
  }

  #decodeErrors(lines: readonly string[]): AgentEvent[] {
    return lines.flatMap((line) => {
      const text = toPrintable(line);
      const events = this.#lines.errorLine?.(text);
      if (events) return events;
      if (text.trim() !== "") this.#lastError = text;
      return [rawLine(line, "stderr")];
    });
  }

  #withReason(result: AgentResult, { exitCode }: ProgramEnd): AgentResult {
    if (result.verdict !== "failure" || result.reason !== undefined) return result;
    const status = exitCode === null ? "ended without an exit status" : `exited with status ${exitCode}`;
    return { ...result, reason: this.#lastError.trim().slice(0, maxReasonLength) || status };
  }
}
