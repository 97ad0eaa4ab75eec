import { defineConfig } from "vitest/config";

const conditions = ["@aod/source", "node", "import", "module", "default"];

/**
 * The test configuration of one workspace: sources of sibling packages are used directly, so no build has to run first.
 *
 * @param test Settings of one workspace that differ from the preset.
 */
export function testPreset(test: Record<string, unknown> = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: { environment: "node", ...test },
  });
}
