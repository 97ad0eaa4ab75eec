import { testPreset } from "@aod/config/vitest";

// Whole servers, agent CLIs and package managers: what hangs is told from what is slow later than elsewhere.
const hangsAfterMs = 400_000;

export default testPreset({
  globalSetup: ["support/announce-not-run.ts"],
  testTimeout: hangsAfterMs,
  hookTimeout: hangsAfterMs,
  expect: { poll: { timeout: hangsAfterMs / 2, interval: 50 } },
});
