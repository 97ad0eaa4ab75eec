import type { AgentUsage } from "@aod/core";

const counters = [
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_usd",
] as const;

/** Both together; what only one of them says is as that one says. */
export function sumUsage(one: AgentUsage, other: AgentUsage): AgentUsage {
  const sum: AgentUsage = {};
  for (const counter of counters) {
    const value = add(one[counter], other[counter], 1);
    if (value !== undefined) sum[counter] = value;
  }
  return sum;
}

/** What `total` has more than `before`. Undefined when some counter fell: then they are not of the same thread. */
export function usageSince(total: AgentUsage, before: AgentUsage): AgentUsage | undefined {
  const rest: AgentUsage = {};
  for (const counter of counters) {
    if (total[counter] === undefined) continue;
    const value = add(total[counter], before[counter], -1) ?? 0;
    if (value < 0) return undefined;
    rest[counter] = value;
  }
  return rest;
}

function add(one: number | undefined, other: number | undefined, sign: 1 | -1): number | undefined {
  if (one === undefined && other === undefined) return undefined;
  const value = (one ?? 0) + sign * (other ?? 0);
  // Sums of costs grow digits such as 0.0019760000000000003.
  return Number.isInteger(value) ? value : Number(value.toFixed(12));
}
