import { buildPreset } from "@aod/config/tsup";

export default buildPreset(
  { index: "src/index.ts" },
  // For users whose `lib` is older than `await using`: the declarations name AsyncDisposable.
  { dts: { banner: '/// <reference lib="esnext.disposable" />' } },
);
