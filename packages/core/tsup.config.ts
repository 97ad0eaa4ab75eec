import { buildPreset } from "@aod/config/tsup";

// `errors` and `digest` stand alone, without zod, for the packages that run in a browser.
export default buildPreset({ index: "src/index.ts", errors: "src/errors.ts", digest: "src/digest.ts" });
