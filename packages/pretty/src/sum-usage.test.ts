import { describe, expect, it } from "vitest";
import { sumUsage, usageSince } from "./sum-usage.ts";

describe("sumUsage", () => {
  it("adds what both say and keeps what one says", () => {
    expect(
      sumUsage({ input_tokens: 1, cost_usd: 0.1 }, { input_tokens: 2, output_tokens: 3, cost_usd: 0.2 }),
    ).toStrictEqual({
      input_tokens: 3,
      output_tokens: 3,
      cost_usd: 0.3,
    });
  });
});

describe("usageSince", () => {
  it("subtracts, and takes what was not counted before as it is", () => {
    const total = { input_tokens: 5, output_tokens: 3, cost_usd: 0.3 };
    expect(usageSince(total, { input_tokens: 2, cost_usd: 0.1 })).toStrictEqual({
      input_tokens: 3,
      output_tokens: 3,
      cost_usd: 0.2,
    });
  });

  it("gives nothing when a counter fell", () => {
    expect(usageSince({ input_tokens: 5, output_tokens: 1 }, { input_tokens: 2, output_tokens: 2 })).toBeUndefined();
  });
});
