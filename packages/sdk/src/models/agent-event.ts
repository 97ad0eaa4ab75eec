import { isWireObject, toCamelCase } from "../internal/wire.ts";
import type { WireObject } from "../internal/wire.ts";

/** Token counts and cost, of a turn or of one model call. What is missing, the agent does not say. */
export interface AgentUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Part of the input that was read from a cache. */
  readonly cacheReadTokens?: number;
  /** Part of the input that was written to a cache. */
  readonly cacheWriteTokens?: number;
  /** Part of the output that was thinking. */
  readonly reasoningTokens?: number;
  /** US dollars. */
  readonly costUsd?: number;
}

interface AgentEventFields {
  /** Its place in the turn, from 1 without gaps. */
  readonly position: number;
  /** The tool call whose sub-agent this belongs to; missing for the main agent. */
  readonly parentId?: string;
}

/** The agent is ready; some send it more than once in a turn. */
export interface AgentSessionStartEvent extends AgentEventFields {
  readonly type: "session_start";
  /** The agent's own id of the conversation. */
  readonly conversationId?: string;
  readonly model?: string;
  readonly cwd?: string;
  readonly tools?: readonly string[];
  readonly mcpServers?: readonly { readonly name: string; readonly status?: string }[];
}

/** Text of the agent, or of the user as the agent echoes it. */
export interface AgentMessageEvent extends AgentEventFields {
  readonly type: "message";
  readonly role: "assistant" | "user";
  readonly text: string;
  /** True: goes behind the pieces before it. False: the whole text, which repeats pieces of the same `messageId`. */
  readonly delta: boolean;
  readonly messageId?: string;
}

/** Reasoning, where an agent shows it. */
export interface AgentThinkingEvent extends AgentEventFields {
  readonly type: "thinking";
  readonly text: string;
  readonly delta: boolean;
  readonly messageId?: string;
}

/** The agent uses a tool; comes before its result. */
export interface AgentToolCallEvent extends AgentEventFields {
  readonly type: "tool_call";
  readonly id: string;
  /** The agent's own name of the tool. */
  readonly name: string;
  /** The same words for all agents. */
  readonly kind: "shell" | "read" | "write" | "edit" | "search" | "fetch" | "agent" | "mcp" | "plan" | "other";
  readonly input: unknown;
}

/** What a tool answered. */
export interface AgentToolResultEvent extends AgentEventFields {
  readonly type: "tool_result";
  /** The call's id. */
  readonly id: string;
  readonly name?: string;
  readonly status: "success" | "error";
  readonly output?: string;
  readonly exitCode?: number;
}

/** The agent's list of steps, whole each time. */
export interface AgentPlanEvent extends AgentEventFields {
  readonly type: "plan";
  readonly items: readonly { readonly text: string; readonly status: "pending" | "in_progress" | "completed" }[];
}

/** What one model call used; the turn's total is on the result. */
export interface AgentUsageEvent extends AgentEventFields {
  readonly type: "usage";
  readonly usage: AgentUsage;
}

/** The agent tries something again by itself. */
export interface AgentRetryEvent extends AgentEventFields {
  readonly type: "retry";
  readonly message: string;
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly delayMs?: number;
}

/** Something is odd, and the work goes on. */
export interface AgentWarningEvent extends AgentEventFields {
  readonly type: "warning";
  readonly message: string;
}

/** Something failed; whether the turn did, its result says. */
export interface AgentErrorEvent extends AgentEventFields {
  readonly type: "error";
  readonly message: string;
  readonly code?: string;
}

/** How the turn ended; the last event. */
export interface AgentResultEvent extends AgentEventFields {
  readonly type: "result";
  readonly verdict: Verdict;
  /** The final answer. */
  readonly text?: string;
  /** Why it is not a success, for people. */
  readonly reason?: string;
  /** Of this turn alone. */
  readonly usage?: AgentUsage;
  /** What the whole conversation has used by now; only of agents that print running totals. */
  readonly threadUsage?: AgentUsage;
  /** The agent's own id of the conversation; only of agents that say it at the end. */
  readonly conversationId?: string;
  readonly durationMs?: number;
  /** How often the model was asked. */
  readonly modelTurns?: number;
}

/** A line that the server does not understand, as it was. */
export interface AgentRawEvent extends AgentEventFields {
  readonly type: "raw";
  readonly stream: "stdout" | "stderr";
  readonly line: string;
}

/** How a turn went, judged by what the agent wrote and not by its exit code alone. */
export type Verdict = "success" | "failure" | "interrupted";

/**
 * What an agent did, in the same words for all runtimes. Newer servers may send more types: leave a `default` in a
 * `switch`. Fields that this version does not know are there too.
 */
export type AgentEvent =
  | AgentSessionStartEvent
  | AgentMessageEvent
  | AgentThinkingEvent
  | AgentToolCallEvent
  | AgentToolResultEvent
  | AgentPlanEvent
  | AgentUsageEvent
  | AgentRetryEvent
  | AgentWarningEvent
  | AgentErrorEvent
  | AgentResultEvent
  | AgentRawEvent;

/** Names change in the event and its usage; what tools are given and answer stays as it is. */
export function decodeAgentEvent(wire: WireObject): AgentEvent {
  return withUsage(toCamelCase(wire)) as unknown as AgentEvent;
}

/** The same fields with the names inside of `usage` and `threadUsage` changed, where there are any. */
export function withUsage(fields: Record<string, unknown>): Record<string, unknown> {
  for (const name of ["usage", "threadUsage"]) {
    const usage = fields[name];
    if (isWireObject(usage)) fields[name] = toCamelCase(usage);
  }
  return fields;
}
