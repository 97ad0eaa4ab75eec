import { errorCodes } from "@aod/core/errors";
import { sessionStatuses, type SessionStatus } from "@aod/core";
import { describe, expect, test } from "vitest";
import { DomainError } from "./domain-error.ts";
import { mergeMetadata } from "./merge-metadata.ts";
import {
  assertDeletable,
  assertIdle,
  assertInterruptible,
  assertPromptable,
  assertTerminable,
  assertWithinQuota,
} from "./session-rules.ts";

function reasonOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return DomainError.isInstance(error) ? error.problem.reason : "another error";
  }
}

describe("what a session allows in each state", () => {
  const rules: readonly (readonly [string, (status: SessionStatus) => void, readonly (string | null)[]])[] = [
    // pending, running, completed, failed, terminated
    [
      "a look before the lock",
      assertPromptable,
      [null, "session_running", null, "session_failed", "session_terminated"],
    ],
    ["a prompt", assertIdle, ["turn_pending", "session_running", null, "session_failed", "session_terminated"]],
    ["interrupt", assertInterruptible, [null, null, "no_active_turn", "session_has_failed", "session_terminated"]],
    ["terminate", assertTerminable, [null, null, null, null, "session_already_terminated"]],
    ["delete", assertDeletable, ["session_active", "session_active", null, null, null]],
  ];
  test.each(rules)("%s", (_name, rule, expected) => {
    expect(sessionStatuses.map((status) => reasonOf(() => rule(status)))).toEqual(expected);
  });
});

describe("the quota", () => {
  const cases = [
    [{ active: 1, own: null, fallback: 2 }, null],
    [{ active: 2, own: null, fallback: 2 }, "quota_reached"],
    [{ active: 2, own: 0, fallback: 2 }, "quota_reached"],
    [{ active: 2, own: 3, fallback: 1 }, null],
    [{ active: 3, own: 3, fallback: 9 }, "quota_reached"],
  ] as const;
  test.each(cases)("%j: %j", (quota, expected) => {
    expect(reasonOf(() => assertWithinQuota(quota))).toBe(expected);
  });
});

test("metadata is merged by key, and an empty text in the change removes one", () => {
  const merged = mergeMetadata({ keep: 1, was: "", gone: "x" }, { gone: "", none: "", new: null });
  expect(merged).toEqual({ keep: 1, was: "", new: null });
});

test("a problem knows its code, and holds no text of a face", () => {
  const error = new DomainError({ reason: "quota_reached", active: 1, limit: 1 });
  expect([error.code, errorCodes[error.code].status, error.message]).toEqual(["rate_limited", 429, "quota_reached"]);
});
