import { testPreset } from "@aod/config/vitest";

export default testPreset();
