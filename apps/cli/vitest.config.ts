import { testPreset } from "@aod/config/vitest";

// Some tests start whole processes, on machines that may be busy with everything else.
export default testPreset({ testTimeout: 30_000 });
