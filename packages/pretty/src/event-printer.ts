import type { AgentEvent } from "@aod/core";
import { toObject } from "./json-line.ts";
import { PieceWriter } from "./piece-writer.ts";
import { flatten } from "./printable.ts";
import { RecentMap } from "./recent-map.ts";
import { renderEvent } from "./render.ts";
import { renderToolHead } from "./render-tool.ts";
import { isRuntime } from "./runtimes/runtime.ts";
import type { AnyRuntime } from "./runtimes/runtime.ts";
import { createTheme, paint } from "./theme.ts";
import type { Theme } from "./theme.ts";
import type { TextEvent, ToolCall, ToolResult } from "./types.ts";

/** What the events do not say themselves. */
export interface EventPrinterOptions {
  /**
   * Whose events they are. Named at the start where the runtime does not say its model; of one of `runtimes`, the stack
   * traces on stderr are left out.
   */
  readonly runtime?: AnyRuntime;
}

/** Prints the events of one turn as they come. */
export interface EventPrinter {
  /** Returns the text to print: whole lines, but for a message that comes in pieces. */
  write(event: AgentEvent): string;
  /** Returns what ends a line that is still open. */
  end(): string;
}

/**
 * Prints agent events as `render` does, and knows what came before: pieces of a message are joined as they come and not
 * printed again when the whole message follows, a tool's result knows its call, what sub-agents do is indented, and what
 * was just said is not said twice. Remembers a bounded part of the turn.
 *
 * @example
 * const printer = createEventPrinter({ color: true });
 * for await (const event of client.sessions.turnEvents(id, 1)) process.stdout.write(printer.write(event));
 * process.stdout.write(printer.end());
 */
export function createEventPrinter(theme: Partial<Theme> = {}, { runtime }: EventPrinterOptions = {}): EventPrinter {
  return new TurnPrinter(createTheme(theme), runtime);
}

/** Where a program was when it failed: its developers want to know, and the error itself stands above. */
const stackFrame = /^\s+at /;

/** Sub-agents of sub-agents are indented up to here. */
const maxDepth = 4;

type Block = "text" | "tool" | "note" | "raw" | "result";

class TurnPrinter implements EventPrinter {
  readonly #theme: Theme;
  readonly #runtime: AnyRuntime | undefined;
  readonly #pieces: PieceWriter;
  /** Calls whose result has not come. */
  readonly #calls = new RecentMap<ToolCall>();
  readonly #depths = new RecentMap<number>();
  #lastBlock: Block | undefined;
  #lastCall: string | undefined;
  /** What the last warnings and errors said. */
  #notices: string[] = [];
  /** What the last retry said, when only notes came after it. */
  #retry: string | undefined;
  #session = "";
  #answered = false;

  constructor(theme: Theme, runtime: AnyRuntime | undefined) {
    this.#theme = theme;
    this.#runtime = runtime;
    this.#pieces = new PieceWriter(theme);
  }

  write(event: AgentEvent): string {
    const depth = this.#depthOf(event.parent_id);
    const indent = "  ".repeat(depth);
    if (event.type === "message" || event.type === "thinking") {
      if (event.type === "message" && event.role === "assistant" && depth === 0) this.#answered = true;
      if (event.delta) return this.#writePiece(event, indent);
      const missing = this.#pieces.missingOf(event);
      if (missing !== undefined) return (missing && this.#writePiece({ ...event, text: missing }, indent)) + this.end();
    }
    const theme =
      depth === 0 ? this.#theme : { ...this.#theme, width: Math.max(20, this.#theme.width - indent.length) };
    const lines = this.#lines(event, theme, depth);
    if (lines.length === 0) return "";
    let text = this.end() + this.#gap(blockOf(event));
    for (const line of lines) text += `${indent}${line}\n`;
    return text;
  }

  end(): string {
    return this.#pieces.close();
  }

  /** How deep the sub-agent is whose tool call this is. */
  #depthOf(parent: string | undefined): number {
    return parent === undefined ? 0 : Math.min(maxDepth, (this.#depths.get(parent) ?? 0) + 1);
  }

  #writePiece(event: TextEvent, indent: string): string {
    const opened = this.#pieces.isOpen(event);
    const before = opened ? "" : this.end();
    const text = this.#pieces.write(event, indent);
    return before + (opened || text === "" ? "" : this.#gap(blockOf(event))) + text;
  }

  /** Messages and the result stand apart from what is around them. */
  #gap(block: Block): string {
    const before = this.#lastBlock;
    this.#lastBlock = block;
    if (block !== "tool" && block !== "note") this.#lastCall = undefined;
    if (block !== "note") this.#retry = undefined;
    return before !== undefined && (before === "text" || block === "text" || block === "result") ? "\n" : "";
  }

  #lines(event: AgentEvent, theme: Theme, depth: number): string[] {
    if (event.type === "tool_result") return this.#resultLines(event, theme);
    const lines = renderEvent(this.#shortened(event), theme);
    switch (event.type) {
      case "session_start": {
        // Some runtimes start several times in a turn, mostly as before.
        const session = lines.join("\n");
        if (session === this.#session) return [];
        this.#session = session;
        return lines;
      }
      case "message":
        return event.role === "user" && this.#isPrompt(event) ? [] : lines;
      case "tool_call":
        this.#calls.set(event.id, event);
        if (event.kind === "agent") this.#depths.set(event.id, depth);
        this.#lastCall = event.id;
        return lines;
      case "retry":
        this.#pieces.forget();
        return lines;
      case "warning":
      case "error":
        this.#notices = [...this.#notices.slice(-7), flatten(event.message)];
        return lines;
      case "result": {
        const { reason, ...rest } = event;
        const said = reason !== undefined && this.#notices.includes(flatten(reason));
        const answer = event.text === undefined || this.#answered ? [] : answerLines(event.text, theme);
        return [...answer, ...(said ? renderEvent(rest, theme) : lines)];
      }
      case "raw":
        return event.stream === "stderr" && stackFrame.test(event.line) && isRuntime(this.#runtime ?? "") ? [] : lines;
      default:
        return lines;
    }
  }

  /** Of a retry that says what the one before it said, only which attempt it is; and who starts, when it does not say. */
  #shortened(event: AgentEvent): AgentEvent {
    if (event.type === "session_start") return event.model === undefined ? { ...event, model: this.#runtime } : event;
    if (event.type !== "retry") return event;
    const isSame = event.message === this.#retry && event.attempt !== undefined;
    this.#retry = event.message;
    return isSame ? { ...event, message: "" } : event;
  }

  /** What a sub-agent is asked stands in the call that starts it. */
  #isPrompt({ parent_id: parent = "", text }: TextEvent): boolean {
    return toObject(this.#calls.get(parent)?.input).prompt === text;
  }

  /** Whether a warning or an error said it: why a call was not allowed comes as a warning and as its result. */
  #isSaid({ status, output = "" }: ToolResult): boolean {
    if (status !== "error" || this.#notices.length === 0) return false;
    const text = flatten(output);
    return text !== "" && this.#notices.some((message) => message.includes(text));
  }

  #resultLines(event: ToolResult, theme: Theme): string[] {
    const call = this.#calls.get(event.id);
    this.#calls.delete(event.id);
    if (this.#isSaid(event)) return [];
    const lines = renderEvent(event, theme, call);
    if (lines.length === 0 || call === undefined || this.#lastCall === event.id) return lines;
    this.#lastCall = event.id;
    const head = renderToolHead(call, { ...theme, color: false });
    return head === undefined ? lines : [paint(theme, "dim", head), ...lines];
  }
}

function answerLines(text: string, theme: Theme): string[] {
  return [...renderEvent({ type: "message", role: "assistant", text, delta: false }, theme), ""];
}

function blockOf(event: AgentEvent): Block {
  switch (event.type) {
    case "message":
      return event.role === "assistant" ? "text" : "note";
    case "tool_call":
    case "tool_result":
    case "plan":
      return "tool";
    case "result":
    case "raw":
      return event.type;
    default:
      return "note";
  }
}
