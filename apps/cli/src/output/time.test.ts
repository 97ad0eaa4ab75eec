import { expect, test } from "vitest";
import { renderAge, renderDuration, renderMilliseconds } from "./time.ts";

test.each([
  ["2026-11-23T12:00:00Z", "now"],
  ["2026-11-23T12:00:05Z", "now"],
  ["2026-11-23T11:59:58Z", "2s ago"],
  ["2026-11-23T11:00:01Z", "59m ago"],
  ["2026-11-22T12:00:00Z", "1d ago"],
])("the age of %s is %s", (time, expected) => {
  expect(renderAge(time, new Date("2026-11-23T12:00:00Z"))).toBe(expected);
});

test("durations are in minutes from one minute on", () => {
  expect(renderDuration("2026-11-23T12:00:00Z", "2026-11-23T12:00:09Z")).toBe("9s");
  expect(renderDuration("2026-11-23T12:00:00Z", "2026-11-23T12:02:03Z")).toBe("2m 03s");
});

test.each([
  [0, "0.0s"],
  [-5, "0.0s"],
  [9_949, "9.9s"],
  [9_951, "10s"],
  [59_600, "1m 00s"],
  [3_723_000, "1h 02m"],
])("%i ms are %s", (ms, expected) => {
  expect(renderMilliseconds(ms)).toBe(expected);
});
