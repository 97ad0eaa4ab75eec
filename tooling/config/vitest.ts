import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Vitest hands these to Node as well, where "import" would make CommonJS packages require ES modules.
const conditions = ["@aod/source", "node"];

// Limits only for what hangs: nothing is wrong with a test that a busy machine keeps waiting.
const hangsAfterMs = 300_000;
const limits = {
  testTimeout: hangsAfterMs,
  hookTimeout: hangsAfterMs,
  expect: { poll: { timeout: hangsAfterMs / 2, interval: 50 } },
};

/**
 * The test configuration of one workspace: sources of sibling packages are used directly, so no build has to run first.
 *
 * @param test Settings of one workspace that differ from the preset.
 */
export function testPreset(test: Record<string, unknown> = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    // Where Vitest runs global setup files.
    environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
    // Most tests wait for other processes: a file for each core, where Vitest would keep one core free.
    test: { environment: "node", maxWorkers: availableParallelism(), ...limits, ...test },
  });
}
