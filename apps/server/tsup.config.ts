import { buildPreset } from "@aod/config/tsup";

export default buildPreset({
  index: "src/index.ts",
  bin: "src/bin.ts",
  supervisor: "src/sandboxes/supervisor/main.ts",
});
