import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

async function bundle(entry: string): Promise<{ bytes: number; inputs: string[]; text: string }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    conditions: ["@aod/source"],
    platform: "browser",
    format: "esm",
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild wrote nothing");
  return { bytes: gzipSync(file.contents, { level: 9 }).length, inputs: Object.keys(metafile.inputs), text: file.text };
}

test("fits into a browser with 12 KB, and takes nothing of Node, undici or zod along", async () => {
  const { bytes, inputs, text } = await bundle("./index.ts");
  expect(bytes).toBeLessThanOrEqual(12 * 1024);
  expect(inputs.filter((path) => /zod|undici|\.node\.ts$/.test(path))).toEqual([]);
  // The one mention is asked for at run time, where it exists (hashing in one go).
  expect(text.match(/node:[a-z]+/g)).toEqual(["node:crypto"]);
  expect(text).not.toMatch(/\bimport\b|\brequire\(/);
});
