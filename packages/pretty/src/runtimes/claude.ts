import type { AgentEvent } from "@aod/core";
import { decodeJsonLine } from "../decode-json-line.ts";
import { defined, toObject, toText } from "../json-line.ts";
import type { JsonObject } from "../json-line.ts";
import { RecentMap } from "../recent-map.ts";
import { toolCallEvents } from "../tool-call-events.ts";
import { ToolNames } from "../tool-names.ts";
import type { LineDecoder, ProgramEnd } from "../types.ts";
import { textOf, toBlocks } from "./claude-blocks.ts";
import { ClaudeResults } from "./claude-results.ts";
import { isSilent, noticeEvents } from "./claude-notices.ts";
import { claudeToolKind } from "./claude-tools.ts";

/** Inserted by the program when a signal stops it. */
const interruption = "[Request interrupted by user";

/**
 * `claude --print --output-format stream-json --verbose`, with or without `--include-partial-messages`. With it, a
 * message comes in pieces and then whole, both with the same `message_id`.
 */
export class ClaudeLineDecoder implements LineDecoder {
  readonly #results = new ClaudeResults();
  readonly #toolNames = new ToolNames();
  /** The message that comes in pieces, by the call of its sub-agent; `open` while a piece has not been repeated whole. */
  readonly #streamed = new RecentMap<{ readonly id: string | undefined; readonly open: boolean }>();

  line(line: string): AgentEvent[] {
    return decodeJsonLine(line, (object) => this.decode(object));
  }

  /** Undefined: a line that we do not know, or not entirely. */
  decode(object: JsonObject): AgentEvent[] | undefined {
    const parent = toText(object.parent_tool_use_id) ?? "";
    const events = this.#decode(object, parent);
    if (parent !== "" && events) for (const event of events) event.parent_id = parent;
    return events;
  }

  end(end: ProgramEnd): AgentEvent[] {
    return [this.#results.toResult(end)];
  }

  #decode(object: JsonObject, parent: string): AgentEvent[] | undefined {
    if (isSilent(object)) return [];
    switch (object.type) {
      case "assistant":
        return this.#assistant(object, parent);
      case "user":
        return this.#user(object);
      case "stream_event":
        return this.#streamEvent(object, parent);
      case "result":
        this.#results.add(object);
        return [];
      default:
        return noticeEvents(object);
    }
  }

  #assistant(object: JsonObject, parent: string): AgentEvent[] | undefined {
    const message = toObject(object.message);
    const blocks = toBlocks(message.content);
    if (object.is_api_error_message === true || (toText(object.error) && message.model === "<synthetic>")) {
      const code = toText(object.error);
      return [{ type: "error", message: textOf(blocks) || (code ?? "The model failed."), ...(code && { code }) }];
    }
    const id = toText(message.id);
    this.#streamed.set(parent, { id, open: false });
    const whole = defined({ delta: false, message_id: id });
    const events: AgentEvent[] = [];
    for (const block of blocks) {
      const text = toText(block.text);
      const thinking = toText(block.thinking);
      if (block.type === "text" && text !== undefined) {
        events.push({ type: "message", role: "assistant", text, ...whole });
      } else if (block.type === "thinking" && thinking !== undefined) {
        // Empty when the runtime shows only that there was some.
        if (thinking !== "") events.push({ type: "thinking", text: thinking, ...whole });
      } else if (block.type === "tool_use" || block.type === "server_tool_use") {
        const [id, name] = [toText(block.id) ?? "", toText(block.name) ?? ""];
        this.#toolNames.set(id, name);
        const kind = claudeToolKind(name);
        events.push(...toolCallEvents({ type: "tool_call", id, name, kind, input: block.input ?? {} }));
      } else if (block.type !== "redacted_thinking") return undefined;
    }
    return events;
  }

  #user(object: JsonObject): AgentEvent[] | undefined {
    const events: AgentEvent[] = [];
    for (const block of toBlocks(toObject(object.message).content)) {
      const text = toText(block.text);
      if (block.type === "tool_result") events.push(this.#toolResult(block, object.tool_use_result));
      else if (block.type !== "text" || text === undefined) return undefined;
      else if (text.startsWith(interruption)) this.#results.interrupt();
      else events.push({ type: "message", role: "user", text: withoutCommandTag(text), delta: false });
    }
    return events;
  }

  #toolResult(block: JsonObject, detail: unknown): AgentEvent {
    const id = toText(block.tool_use_id) ?? "";
    const name = this.#toolNames.take(id);
    const report = name === "Agent" || name === "Task" ? toBlocks(toObject(detail).content).filter(isReport) : [];
    const output = textOf(report.length > 0 ? report : toBlocks(block.content));
    // Only the text says it, and only of a command that failed.
    const exitCode =
      name === "Bash" && block.is_error === true ? /^Exit code (\d{1,9})\b/.exec(output)?.[1] : undefined;
    return defined({
      type: "tool_result",
      id,
      name,
      status: block.is_error === true ? "error" : "success",
      output,
      exit_code: exitCode === undefined ? undefined : Number(exitCode),
    });
  }

  #streamEvent(object: JsonObject, parent: string): AgentEvent[] {
    const event = toObject(object.event);
    const streamed = this.#streamed.get(parent);
    if (event.type === "message_start" || event.type === "message_stop") {
      const id = event.type === "message_start" ? toText(toObject(event.message).id) : streamed?.id;
      this.#streamed.set(parent, { id, open: false });
      const again = "The connection to the model broke; the message comes again.";
      return streamed?.open ? [{ type: "retry", message: again }] : [];
    }
    if (event.type !== "content_block_delta") return [];
    const delta = toObject(event.delta);
    const text = toText(delta.type === "text_delta" ? delta.text : delta.thinking);
    if (text === undefined || (delta.type !== "text_delta" && delta.type !== "thinking_delta")) return [];
    const piece = defined({ text, delta: true, message_id: streamed?.id });
    if (streamed && !streamed.open) this.#streamed.set(parent, { ...streamed, open: true });
    return [
      delta.type === "text_delta" ? { type: "message", role: "assistant", ...piece } : { type: "thinking", ...piece },
    ];
  }
}

/** What the model gets to see of a sub-agent's report has instructions for the model around it. */
function isReport({ text }: JsonObject): boolean {
  return toText(text)?.startsWith("<tools-used-before-summary>") === false;
}

/** What a slash command printed stands between tags of its own. */
function withoutCommandTag(text: string): string {
  return /^<local-command-(stdout|stderr)>([^]*)<\/local-command-\1>$/.exec(text)?.[2] ?? text;
}
