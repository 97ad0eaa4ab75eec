import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function capture() {
  const lines: string[] = [];
  const logger = createLogger({ logLevel: "trace" }, { write: (line) => lines.push(line) });
  return { logger, text: () => lines.join("") };
}

test("redacts what may be secret, at any usual place", () => {
  const { logger, text } = capture();
  logger.info({ authorization: "hush" });
  logger.info({ request: { headers: { authorization: "hush", "x-api-key": "hush", cookie: "hush" } } });
  logger.info({ headers: { authorization: "hush", "x-api-key": "hush" } });
  logger.info({ session: { id: "s1", prompt: "hush", token: "hush" } });
  expect(text()).not.toContain("hush");
  expect(text()).toContain("s1");
  expect(text().match(/\[redacted\]/g)).toHaveLength(8);
});

test("names a failed query and its cause, but not its parameters", () => {
  const { logger, text } = capture();
  const cause = Object.assign(new Error("duplicate key"), { code: "23505", detail: "Key (hash)=(hush)" });
  logger.error({ err: new DrizzleQueryError("insert into api_keys values ($1)", ["hush"], cause) }, "failed");
  expect(text()).not.toContain("hush");
  const line = JSON.parse(text()) as { err: object };
  expect(line.err).toMatchObject({
    message: "Failed query: insert into api_keys values ($1)",
    cause: { message: "duplicate key", code: "23505" },
  });
});
