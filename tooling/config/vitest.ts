import { defineConfig } from "vitest/config";

// Vitest hands these to Node as well, where "import" would make CommonJS packages require ES modules.
const conditions = ["@aod/source", "node"];

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
    test: { environment: "node", ...test },
  });
}
