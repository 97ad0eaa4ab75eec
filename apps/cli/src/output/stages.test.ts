import { expect, test } from "vitest";
import { renderStage } from "./stages.ts";

test.each([
  ["install_runtime", "started", "Installing claude"],
  ["install_runtime", "done", "Installed claude"],
  ["install_runtime", "failed", "Installing claude"],
  ["a_new_one", "done", "a_new_one"],
] as const)("%s %s is %s", (stage, state, expected) => {
  expect(renderStage({ stage, state }, "claude")).toBe(expected);
});
