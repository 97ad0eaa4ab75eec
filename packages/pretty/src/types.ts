import type { AgentEvent, AgentResult, AgentUsage } from "@aod/core";

/** Where a program wrote something. */
export type OutputStream = "stdout" | "stderr";

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit status; null when a signal ended it or nobody knows. */
  readonly exitCode: number | null;
  /** Whether somebody asked it to stop. @default false */
  readonly interrupted?: boolean;
}

/** What the output of a turn does not say itself. All of it may be left out. */
export interface DecoderOptions {
  /**
   * What the conversation had used before this turn: `{}` for its first turn, else the `thread_usage` of the result
   * before. Read for runtimes that print running totals (codex, qwen); without it, their result has `thread_usage` and
   * no `usage`.
   */
  readonly usageBefore?: AgentUsage;
}

/** Turns the output of one turn into agent events: the same ones wherever the chunks are cut. */
export interface Decoder {
  /**
   * Takes a piece of output, as bytes or as text, and returns what became known by it. Bytes may be cut inside a
   * character. The buffer may be used again afterwards.
   */
  write(chunk: Uint8Array | string, stream?: OutputStream): AgentEvent[];
  /**
   * The program has ended: returns what was still half a line, and last the one `result` of the turn. Call it once.
   */
  end(end: ProgramEnd): AgentEvent[];
}

export type SessionStart = Extract<AgentEvent, { type: "session_start" }>;
export type ToolCall = Extract<AgentEvent, { type: "tool_call" }>;
export type ToolResult = Extract<AgentEvent, { type: "tool_result" }>;
export type PlanEvent = Extract<AgentEvent, { type: "plan" }>;
export type TextEvent = Extract<AgentEvent, { type: "message" | "thinking" }>;

/** How a turn ended, and why when not well. */
export type Ending = Pick<AgentResult, "verdict" | "reason">;

/** What one runtime's output means: each runtime has one in `runtimes/`. Has the state of one turn. */
export interface LineDecoder {
  /** Takes a whole line of stdout, without its line break. Never returns a `result`: a later line may overrule it. */
  line(line: string): AgentEvent[];
  /**
   * Takes a whole line of stderr, without its line break and made printable. Undefined: a line that it does not know,
   * which becomes `raw`, as all of stderr does without this method.
   */
  errorLine?(line: string): AgentEvent[] | undefined;
  /**
   * The program has ended. The last event is the turn's `result`, and there is no other. A failure without a `reason`
   * gets one from stderr or the exit status by `createDecoder`.
   */
  end(end: ProgramEnd): AgentEvent[];
}
