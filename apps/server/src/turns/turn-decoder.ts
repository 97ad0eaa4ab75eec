import type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";
import { createDecoder, type Decoder, type DecoderOptions } from "@aod/pretty/decode";
import type { AgentEntry } from "../store/agent-events.ts";
import type { OutputPiece } from "../events/turn-output.ts";
import type { TurnSummary } from "./turn-summary.ts";

/** Longest final answer that is kept on the turn, in UTF-16 units. The whole one is among the agent events. */
const maxTextLength = 1024 * 1024;
/** Different tools that are counted one by one. */
const maxTools = 100;
const maxNameLength = 200;

export interface TurnDecoderOptions {
  readonly runtime: string;
  /** What the conversation had used before this turn. @default nobody knows */
  readonly usageBefore?: AgentUsage;
  /** Told once, when the output cannot be decoded any further. */
  readonly onError: (error: unknown) => void;
  /** @default the runtime's own */
  readonly create?: (runtime: string, options: DecoderOptions) => Decoder;
}

/** How the program, or the try to start it, ended. */
export interface DecodedEnd {
  readonly exitCode: number | null;
  readonly interrupted: boolean;
  /** Why the turn failed, when that is not for the output to say. */
  readonly failure: string | null;
}

/**
 * The agent events of one turn, numbered, and what they come to. The same output gives the same events whatever pieces it
 * comes in, so whoever adopts the turn only has to read the stored output again. Never throws: a decoder that fails is
 * given up, and the turn goes on without it.
 */
export class TurnDecoder {
  readonly #options: TurnDecoderOptions;
  #decoder: Decoder | null = null;
  #last = 0;
  #stored = 0;
  /** What an adopted turn should have stored already; only another version of the decoder finds such. */
  #late: AgentEntry[] = [];
  #model: string | null = null;
  #toolCalls = 0;
  readonly #tools = new Map<string, number>();

  constructor(options: TurnDecoderOptions) {
    this.#options = options;
    const { runtime, usageBefore, create = createDecoder } = options;
    this.#late = this.#take(() => {
      this.#decoder = create(runtime, usageBefore === undefined ? {} : { usageBefore });
      return [];
    });
  }

  /** What this piece of output adds. */
  write(text: string, stream: OutputPiece["stream"]): AgentEntry[] {
    const decoder = this.#decoder;
    const entries = decoder === null ? [] : this.#take(() => decoder.write(text, stream));
    return this.#late.length === 0 ? entries : [...this.#late.splice(0), ...entries];
  }

  /** Goes on behind output that is in the log, of which `stored` agent events are. */
  async replay(output: AsyncIterable<OutputPiece>, stored: number): Promise<void> {
    this.#stored = stored;
    for await (const { text, stream } of output) this.#late.push(...this.write(text, stream));
    this.#last = Math.max(this.#last, stored);
  }

  /** The last agent events, a result at the end, and what the turn came to. */
  end(end: DecodedEnd): { entries: AgentEntry[]; summary: TurnSummary } {
    const { exitCode, interrupted } = end;
    const decoder = this.#decoder;
    let result: AgentResult = { type: "result", verdict: exitCode === 0 ? "success" : "failure" };
    const entries = this.#take(() => {
      const events = decoder?.end({ exitCode, interrupted }) ?? [];
      result = events.findLast((event) => event.type === "result") ?? result;
      return events.filter(({ type }) => type !== "result");
    });
    result = withOutcome(result, end);
    entries.push(...this.#take(() => [result]));
    return { entries: [...this.#late.splice(0), ...entries], summary: this.#summarize(result) };
  }

  #take(decode: () => AgentEvent[]): AgentEntry[] {
    return this.#guard(decode).flatMap((event) => {
      // The log has the lines of a plain program; they mean nothing more than that.
      if (event.type === "raw" && this.#options.runtime === "command") return [];
      this.#count(event);
      const position = ++this.#last;
      return position > this.#stored ? [{ position, data: toJson(event) }] : [];
    });
  }

  #guard(decode: () => AgentEvent[]): AgentEvent[] {
    try {
      return decode();
    } catch (error) {
      this.#decoder = null;
      this.#options.onError(error);
      return [{ type: "warning", message: "The output could not be decoded from here on" }];
    }
  }

  #count(event: AgentEvent): void {
    if (event.type === "session_start" && event.model !== undefined) {
      this.#model ??= storable(event.model, maxNameLength);
    }
    if (event.type !== "tool_call") return;
    this.#toolCalls += 1;
    const name = storable(event.name, maxNameLength);
    const calls = this.#tools.get(name);
    if (calls !== undefined || this.#tools.size < maxTools) this.#tools.set(name, (calls ?? 0) + 1);
  }

  #summarize({ verdict, text, usage }: AgentResult): TurnSummary {
    const counts = usage === undefined ? null : storableUsage(usage);
    return {
      verdict,
      resultText: text === undefined ? null : storable(text, maxTextLength),
      usage: counts,
      costUsd: counts?.cost_usd ?? null,
      model: this.#model,
      toolCalls: this.#toolCalls,
      tools: [...this.#tools].map(([name, calls]) => ({ name, calls })),
    };
  }
}

/** What happened to the program outweighs what it said. */
function withOutcome(result: AgentResult, { exitCode, interrupted, failure }: DecodedEnd): AgentResult {
  // An answer that was complete before the request came stays one.
  const isAnswered = result.verdict === "success" && exitCode === 0;
  if (interrupted) return isAnswered ? result : { ...result, verdict: "interrupted" };
  return failure === null ? result : { ...result, verdict: "failure", reason: failure };
}

/** An agent may print what can be read and is too deep to be written again. */
function toJson(event: AgentEvent): string {
  try {
    return JSON.stringify(event);
  } catch {
    const message = `An event of the type ${event.type} could not be stored`;
    return JSON.stringify({ type: "warning", message } satisfies AgentEvent);
  }
}

/** PostgreSQL takes no NUL, and UTF-8 no half characters. */
function storable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replaceAll("\0", "\u{fffd}").toWellFormed();
}

function storableUsage(usage: AgentUsage): AgentUsage {
  return Object.fromEntries(
    Object.entries(usage).filter(([name, value]) => Number.isFinite(value) && !name.includes("\0")),
  );
}
