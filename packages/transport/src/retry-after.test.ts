import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("1994-11-06T08:49:07Z");
const read = (value: string, name = "retry-after"): number | null =>
  parseRetryAfter(new Headers({ [name]: value }), now);

test.each([
  ["seconds", "120", 120_000],
  ["zero", "0", 0],
  ["a fraction of a second", "0.25", 250],
  ["the preferred date format", "Sun, 06 Nov 1994 08:49:37 GMT", 30_000],
  ["the obsolete RFC 850 date format", "Sunday, 06-Nov-94 08:49:37 GMT", 30_000],
  ["the asctime date format, as GMT", "Sun Nov  6 08:49:37 1994", 30_000],
  ["a date in the past as no wait", "Sun, 06 Nov 1994 08:00:00 GMT", 0],
])("reads %s", (_form, value, delayMs) => {
  expect(read(value)).toBe(delayMs);
});

test.each(["", "soon", "-1", "2024-01-01", "1e9", "NaN", "Infinity", "Sun, 99 Foo 1994"])("passes over %j", (value) => {
  expect(read(value)).toBeNull();
});

test("prefers the finer Retry-After-Ms", () => {
  const headers = new Headers({ "retry-after": "2", "retry-after-ms": "1500" });
  expect(parseRetryAfter(headers, now)).toBe(1500);
});

test("never asks for a wait that a timer can't hold", () => {
  expect(read("99999999999999")).toBe(2 ** 31 - 1);
  expect(read("99999999999999", "retry-after-ms")).toBe(2 ** 31 - 1);
  expect(read("Fri, 31 Dec 2999 23:59:59 GMT")).toBe(2 ** 31 - 1);
});

test("answers null without the headers", () => {
  expect(parseRetryAfter(new Headers(), now)).toBeNull();
});
