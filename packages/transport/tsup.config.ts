import { buildPreset } from "@aod/config/tsup";

export default buildPreset({ index: "src/index.ts", "index.node": "src/index.node.ts" });
