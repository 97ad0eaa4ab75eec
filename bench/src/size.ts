import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { toFigure } from "./figure.ts";
import type { Figure } from "./figure.ts";

/** What a browser downloads for some exports of an entry: bundled, minified, each file gzipped. Bytes. */
interface Download {
  /** The entry's own file, with everything that it imports statically. */
  readonly first: number;
  /** Files that are imported dynamically: here the digest, for a stream that is followed from its first event on. */
  readonly later: number;
  /** The same as one file, as bundlers make it that are told not to split. */
  readonly single: number;
}

async function download(specifier: string, exports: string): Promise<Download> {
  const sizes = await Promise.all(
    [true, false].map(async (splitting) => {
      const { outputFiles } = await build({
        stdin: { contents: `export ${exports} from ${JSON.stringify(specifier)};`, resolveDir: import.meta.dirname },
        outdir: "bundle",
        bundle: true,
        splitting,
        minify: true,
        write: false,
        format: "esm",
        target: "es2023",
        platform: "browser",
        conditions: ["@aod/source"],
      });
      return outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).length);
    }),
  );
  const [[first = NaN, ...later] = [], [single = NaN] = []] = sizes;
  return { first, later: later.reduce((bytes, size) => bytes + size, 0), single };
}

/** The size of what goes into web pages, beside the parser that each of them contains. */
export async function run(): Promise<Figure[]> {
  const parser = await download("eventsource-parser", "*");
  const entries = [
    { name: "@aod/stream", exports: "*", limit: 3 * 1024 },
    { name: "@aod/stream", exports: "{ decodeEvents }", limit: 3 * 1024 },
    { name: "@aod/sdk", exports: "*", limit: 12 * 1024 },
  ];
  const downloads = await Promise.all(
    entries.map(async (entry) => ({ ...entry, ...(await download(entry.name, entry.exports)) })),
  );
  return downloads.flatMap(({ name, exports, limit, first, later, single }) => {
    const what = `${exports} of ${name} for the browser, min+gzip, bytes`;
    const measured = { bench: "size", theirs: parser.first, peer: "eventsource-parser, which it contains" };
    return [
      toFigure({ ...measured, metric: `${what}, at first`, ours: first, aim: { of: "ours", atMost: limit } }),
      toFigure({ ...measured, metric: `${what}, as one file`, ours: single }),
      ...(exports === "*"
        ? [toFigure({ bench: "size", metric: `${what}, later, to verify a stream`, ours: later })]
        : []),
    ];
  });
}
