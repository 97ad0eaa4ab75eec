import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildPreset } from "@aod/config/tsup";

/** What the API reference loads into a browser. Copied, so that users install these files and nothing that comes with them. */
const referenceFiles = [
  "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt",
  "swagger-ui.css",
  "LICENSE",
  "NOTICE",
];

async function copyReference(): Promise<void> {
  const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  await mkdir("dist/reference", { recursive: true });
  await Promise.all(referenceFiles.map((name) => copyFile(join(from, name), join("dist/reference", name))));
}

const entries = {
  index: "src/index.ts",
  bin: "src/bin.ts",
  supervisor: "src/sandboxes/supervisor/main.ts",
};

export default buildPreset(entries, { onSuccess: copyReference });
