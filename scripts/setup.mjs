// Installs what the repository needs, once per lock file. Plain Node 20, no dependency: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (name) => readFileSync(`${root}${name}`, "utf8");

const stampFile = `${root}node_modules/.aod-setup`;
const lock = createHash("sha256").update(read("pnpm-lock.yaml")).update(read("package.json")).digest("hex");
const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";

if (stamp !== lock) {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20) {
    console.error(`Node ${process.versions.node} is too old to set up this repository: install Node 20 or newer.`);
    process.exit(1);
  }
  const pnpm = JSON.parse(read("package.json")).packageManager;
  console.error(`Installing dependencies with ${pnpm} (about a minute the first time) ...`);
  const { status, error } = spawnSync("npx", ["--yes", pnpm, "install", "--frozen-lockfile"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(
      `Setup failed${error ? `: ${error.message}` : ""}. Is the npm registry reachable? Run it again with: npm run setup`,
    );
    process.exit(status ?? 1);
  }
  writeFileSync(stampFile, lock);
}
