import { expect, test } from "vitest";
import { parseBaseUrl, pathOf } from "./base-url.ts";

test.each([
  ["http://localhost:8777", "http://localhost:8777"],
  ["http://localhost:8777/", "http://localhost:8777"],
  ["https://aod.example.com/api///", "https://aod.example.com/api"],
  ["HTTPS://AOD.example.com:443/api", "https://aod.example.com/api"],
])("reads %s", (given, baseUrl) => {
  expect(parseBaseUrl(given)).toBe(baseUrl);
});

test.each(["", "localhost:8777", "/api", "ftp://example.com", "http://", "http://x/?a=1", "http://x/#a"])(
  "refuses %j",
  (given) => {
    expect(() => parseBaseUrl(given)).toThrow(expect.objectContaining({ code: "invalid_config" }));
  },
);

test("refuses a password in the URL without showing it", () => {
  expect(() => parseBaseUrl("https://me:hunter2@example.com")).toThrow(
    "The base URL https://example.com must have no user name, query or fragment.",
  );
});

test("escapes values in paths", () => {
  expect(pathOf`/agents/${"a/b?c#d%2e ü"}/archive`).toBe("/agents/a%2Fb%3Fc%23d%252e%20%C3%BC/archive");
  expect(pathOf`/agents`).toBe("/agents");
});

test.each(["", ".", ".."])("refuses the id %j, which would change the path", (id) => {
  expect(() => pathOf`/agents/${id}`).toThrow(expect.objectContaining({ code: "invalid_config" }));
});
