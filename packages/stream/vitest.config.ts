import { testPreset } from "@aod/config/vitest";

// Thousands of small streams in one test take a while on a busy machine.
export default testPreset({ testTimeout: 30_000 });
