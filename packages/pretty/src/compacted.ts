/** The warning that the model has forgotten the words of the conversation so far; with counts of tokens where the runtime says them. */
export function compacted(before: number | undefined, after?: number): string {
  if (before === undefined) return "The conversation was compacted.";
  return `The conversation was compacted: ${before} tokens${after === undefined ? "" : ` became ${after}`}.`;
}
