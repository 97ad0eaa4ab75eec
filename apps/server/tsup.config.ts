import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildPreset } from "@aod/config/tsup";

const referenceFiles = ["swagger-ui-bundle.js", "swagger-ui.css"];
const noticeFiles = ["NOTICE", "LICENSE", "swagger-ui-bundle.js.LICENSE.txt"];

/** What the API reference loads into a browser. Copied, so that users install these files and nothing that comes with them. */
async function copyReference(): Promise<void> {
  const from = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const to = join("dist", "reference");
  await mkdir(to, { recursive: true });
  await Promise.all(referenceFiles.map((name) => copyFile(join(from, name), join(to, name))));
  // One file of another name: pnpm packs no licence of ours beside somebody else's.
  const notices = await Promise.all(noticeFiles.map((name) => readFile(join(from, name), "utf8")));
  await writeFile(join(to, "swagger-ui-notices.txt"), notices.join("\n"));
}

const entries = {
  index: "src/index.ts",
  bin: "src/bin.ts",
  supervisor: "src/sandboxes/supervisor/main.ts",
};

export default buildPreset(entries, { onSuccess: copyReference });
