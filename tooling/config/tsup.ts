import { defineConfig, type Options } from "tsup";

/**
 * The build every published package uses: ESM with types, nothing bundled but the package's own files.
 *
 * @param entry Output name to source file, e.g. `{ index: "src/index.ts" }`.
 * @param overrides Options of one package that differ from the preset.
 */
export function buildPreset(entry: Record<string, string>, overrides: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: "esm",
    target: "es2023",
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    ...overrides,
  });
}
