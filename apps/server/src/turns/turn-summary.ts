import type { AgentResult, AgentUsage } from "@aod/core";

/** What a turn came to, as its row keeps it. */
export interface TurnSummary {
  readonly verdict: AgentResult["verdict"];
  readonly resultText: string | null;
  readonly usage: AgentUsage | null;
  readonly costUsd: number | null;
  readonly model: string | null;
  readonly toolCalls: number;
  /** In the order of first use. */
  readonly tools: readonly { readonly name: string; readonly calls: number }[];
}

/** Of a turn whose program was never started here. */
export function emptySummary(verdict: TurnSummary["verdict"]): TurnSummary {
  return { verdict, resultText: null, usage: null, costUsd: null, model: null, toolCalls: 0, tools: [] };
}
