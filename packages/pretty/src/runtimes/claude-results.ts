import type { AgentResult, AgentUsage } from "@aod/core";
import { cutOff } from "../cut-off.ts";
import { defined, isObject, toInteger, toList, toNumber, toObject, toText } from "../json-line.ts";
import type { JsonObject } from "../json-line.ts";
import { sumUsage } from "../sum-usage.ts";
import type { Ending, ProgramEnd } from "../types.ts";

/** Adds up the `result` lines of a turn: work in the background makes the program go on by itself after the first. */
export class ClaudeResults {
  #last: JsonObject | undefined;
  #text: string | undefined;
  #usage: AgentUsage = {};
  #durationMs: number | undefined;
  #modelTurns: number | undefined;
  #interrupted = false;

  add(result: JsonObject): void {
    this.#last = result;
    // The text of an error is its message.
    if (result.is_error !== true) this.#text = toText(result.result) || this.#text;
    this.#usage = sumUsage(this.#usage, usageOf(result));
    this.#durationMs = add(this.#durationMs, toNumber(result.duration_ms));
    this.#modelTurns = add(this.#modelTurns, toInteger(result.num_turns));
  }

  /** The program says that somebody stopped it. */
  interrupt(): void {
    this.#interrupted = true;
  }

  /** By the last line, not by the exit status alone: after SIGINT that is 0. */
  toResult(end: ProgramEnd): AgentResult {
    const last = this.#last;
    if (last === undefined) {
      const interrupted = this.#interrupted || end.interrupted === true;
      return { type: "result", ...cutOff({ ...end, interrupted }, "The output ended without a result.") };
    }
    const failed = last.is_error === true;
    const stopped =
      this.#interrupted || end.interrupted === true || toText(last.terminal_reason)?.startsWith("aborted") === true;
    // Killed while it waited for background work: its last line was a success, its end is not.
    const killed = (end.exitCode ?? 0) !== 0;
    const verdict: Ending["verdict"] = !failed && !killed ? "success" : stopped ? "interrupted" : "failure";
    return defined({
      type: "result",
      verdict,
      text: this.#text,
      reason: verdict === "failure" && failed ? reasonOf(last) : undefined,
      usage: Object.keys(this.#usage).length > 0 ? this.#usage : undefined,
      duration_ms: this.#durationMs,
      model_turns: this.#modelTurns,
    });
  }
}

function reasonOf(result: JsonObject): string {
  const errors = toList(result.errors).filter((error) => typeof error === "string");
  return errors.join("; ") || toText(result.result) || toText(result.subtype) || "The agent failed.";
}

/**
 * What was used since the `result` line before. `usage` leaves out sub-agents and what an interrupt cut off, and
 * `total_cost_usd` and `modelUsage` are the whole conversation's: an older program gives no cost of the turn.
 */
function usageOf(result: JsonObject): AgentUsage {
  if (isObject(result.model_usage_since_last_result)) {
    return Object.values(result.model_usage_since_last_result).map(modelUsage).reduce(sumUsage, {});
  }
  const usage = toObject(result.usage);
  const [read, written] = [toNumber(usage.cache_read_input_tokens), toNumber(usage.cache_creation_input_tokens)];
  return defined({
    input_tokens: add(add(toNumber(usage.input_tokens), read), written),
    output_tokens: toNumber(usage.output_tokens),
    cache_read_tokens: read,
    cache_write_tokens: written,
    reasoning_tokens: toNumber(toObject(usage.output_tokens_details).thinking_tokens),
  });
}

function modelUsage(value: unknown): AgentUsage {
  const usage = toObject(value);
  const [read, written] = [toNumber(usage.cacheReadInputTokens), toNumber(usage.cacheCreationInputTokens)];
  return defined({
    // The API counts what went through a cache apart; in our words it is part of the input.
    input_tokens: add(add(toNumber(usage.inputTokens), read), written),
    output_tokens: toNumber(usage.outputTokens),
    cache_read_tokens: read,
    cache_write_tokens: written,
    reasoning_tokens: toNumber(usage.thinkingTokens),
    cost_usd: toNumber(usage.costUSD),
  });
}

/** A missing number adds nothing; two missing ones stay missing. */
function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}
