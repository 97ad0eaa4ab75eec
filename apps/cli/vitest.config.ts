import { testPreset } from "@aod/config/vitest";

export default testPreset({ globalSetup: ["test/support/announce-not-run.ts"] });
