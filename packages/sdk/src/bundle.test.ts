import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** The files that a page downloads: at once, and when it follows a stream from its first event on. */
async function bundle(entry: string): Promise<{ first: Uint8Array; later: Uint8Array[]; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outdir: "bundle",
    conditions: ["@aod/source"],
    platform: "browser",
    format: "esm",
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
  });
  const [first, ...later] = outputFiles.map((file) => file.contents);
  if (first === undefined) throw new Error("esbuild wrote nothing");
  return { first, later, inputs: Object.keys(metafile.inputs) };
}

test("fits into a browser with 12 KB, and takes nothing of Node, undici or zod along", async () => {
  const { first, later, inputs } = await bundle("./index.ts");
  expect(gzipSync(first, { level: 9 }).length).toBeLessThanOrEqual(12 * 1024);
  expect(inputs.filter((path) => /zod|undici|\.node\.ts$/.test(path))).toEqual([]);
  const text = Buffer.from(first).toString();
  // The one mention is asked for at run time, where it exists (hashing in one go); the one import is for where it does not.
  expect(text.match(/node:[a-z]+/g)).toEqual(["node:crypto"]);
  expect(text.match(/\bimport\b[^;]{0,12}|\brequire\(/g)).toEqual([expect.stringMatching(/^import\("\.\/digest/)]);
  expect(later).toHaveLength(1);
});
