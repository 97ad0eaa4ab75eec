import { buildPreset } from "@aod/config/tsup";

export default buildPreset({ index: "src/index.ts", decode: "src/decode.ts" });
