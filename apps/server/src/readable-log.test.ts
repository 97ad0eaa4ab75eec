import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";
import { toReadableLine } from "./readable-log.ts";

test("says at a terminal what happened, why, and of what", () => {
  let text = "";
  const logger = createLogger({ logLevel: "info" }, { write: (line) => void (text += toReadableLine(line)) });
  logger.info("a turn ends");
  logger.warn({ sessionId: "s1", folders: ["/a"] }, "it is slow");
  logger.error({ err: new Error("no space", { cause: new Error("ENOSPC") }) }, "could not write");
  expect(text).toBe(
    `a turn ends\nwarning: it is slow (sessionId=s1, folders=["/a"])\nerror: could not write: no space: ENOSPC\n`,
  );
});
