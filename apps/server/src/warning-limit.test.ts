import { expect, test } from "vitest";
import { WarningLimit } from "./warning-limit.ts";

test("warns of each thing once, until the while is over", () => {
  let now = 0;
  const limit = new WarningLimit(() => now);
  expect(["a", "a", "b", "a"].map((name) => limit.levelOf(name))).toEqual(["warn", "debug", "warn", "debug"]);
  now += 599_999;
  expect(limit.levelOf("a")).toBe("debug");
  now += 1;
  expect(limit.levelOf("a")).toBe("warn");
});

test("warns of a hundred things at most, however many there are", () => {
  let now = 0;
  const limit = new WarningLimit(() => now);
  const warnings = () =>
    Array.from({ length: 1_000 }, (_, index) => limit.levelOf(String(index))).filter((level) => level === "warn")
      .length;
  expect([warnings(), warnings()]).toEqual([100, 0]);
  now += 600_000;
  expect(warnings()).toBe(100);
});
