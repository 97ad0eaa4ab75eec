import { spawnSync } from "node:child_process";
import type { NotRun } from "@aod/testing/not-run";

/** The suites that need a shell which not every machine has. */
export const shellTests = {
  zsh: { suite: "completion in zsh", lacks: "There is no zsh here." },
  fish: { suite: "completion in fish", lacks: "There is no fish here." },
} as const satisfies Readonly<Record<string, NotRun>>;

export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}
