import { testPreset } from "@aod/config/vitest";

export default testPreset({ globalSetup: ["support/announce-not-run.ts"] });
