import { notRunBanner } from "@aod/testing/not-run";
import { isInstalled, shellTests } from "./shells.ts";

/** Global setup of this workspace's tests: says before and after them which suites the machine cannot run. */
export function setup(): (() => void) | undefined {
  const missing = Object.entries(shellTests).flatMap(([shell, suite]) => (isInstalled(shell) ? [] : [suite]));
  if (missing.length === 0) return undefined;
  const announce = (): void => void process.stderr.write(`\n${notRunBanner(missing)}\n`);
  announce();
  return announce;
}
