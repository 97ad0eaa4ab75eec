import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

/** What a browser downloads for these exports of an entry: bundled, minified, gzipped. Bytes. */
async function bundleSize(specifier: string, exports = "*"): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${exports} from ${JSON.stringify(specifier)};`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2023",
    platform: "browser",
    conditions: ["@aod/source"],
  });
  return outputFiles.reduce((bytes, file) => bytes + gzipSync(file.contents, { level: 9 }).length, 0);
}

/** The size of what goes into web pages, beside the parser that each of them contains. */
export async function run(): Promise<Figure[]> {
  const parser = await bundleSize("eventsource-parser");
  const sizes = [
    { name: "@aod/stream", exports: "*", limit: 3 * 1024 },
    { name: "@aod/stream", exports: "{ decodeEvents }", limit: 3 * 1024 },
    { name: "@aod/sdk", exports: "*", limit: 12 * 1024 },
  ];
  return Promise.all(
    sizes.map(async ({ name, exports, limit }) =>
      toFigure({
        bench: "size",
        metric: `${exports} of ${name} for the browser, min+gzip, bytes`,
        ours: await bundleSize(name, exports),
        theirs: parser,
        peer: "eventsource-parser, which it contains",
        aim: { of: "ours", atMost: limit },
      }),
    ),
  );
}
