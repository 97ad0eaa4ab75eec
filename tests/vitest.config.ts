import { testPreset } from "@aod/config/vitest";

export default testPreset({ globalSetup: ["conformance/python/announce.ts"] });
