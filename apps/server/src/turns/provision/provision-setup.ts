import type { PackageManager } from "@aod/core";
import { shellQuote } from "../../runtimes/sandbox-environment.ts";
import type { Sandbox } from "../../sandboxes/sandbox-driver.ts";
import type { ProvisionRequest } from "./provision-request.ts";
import { runInSandbox } from "./run-in-sandbox.ts";
import type { Stage } from "./stage.ts";

const SCRIPT = "/tmp/aod-provision.sh";
const SETUP_SCRIPT = "/tmp/aod-setup.sh";

/** Packages, repositories, and the user's own setup script, in this order. */
export const provisionSetupStage: Stage = {
  name: "provision_setup",
  applies: () => true,
  run: async (request, sandbox) => {
    const lines = renderSteps(request, (path) => sandbox.resolve(path));
    if (lines.length === 0) return;
    await sandbox.writeFile(SETUP_SCRIPT, request.setupScript, 0o700);
    await sandbox.writeFile(SCRIPT, `set -e\n${lines.join("\n")}\n`, 0o700);
    await runInSandbox(sandbox, "Provisioning script", ["bash", sandbox.resolve(SCRIPT)], request);
  },
};

/** How each package manager installs, in the order in which they run. All but apt install into the sandbox's home. */
const INSTALLERS: readonly [PackageManager, (packages: readonly string[]) => readonly string[]][] = [
  ["apt", (words) => ["apt-get update -qq", `DEBIAN_FRONTEND=noninteractive apt-get install -y ${words.join(" ")}`]],
  ["cargo", (words) => words.map((word) => `cargo install ${word}`)],
  ["gem", (words) => [`gem install ${words.join(" ")}`]],
  ["go", (words) => words.map((word) => `go install ${word}`)],
  ["npm", (words) => [`npm install --global ${words.join(" ")}`]],
  // For this line alone: inside a virtual environment both would make pip fail.
  ["pip", (words) => [`PIP_USER=1 PIP_BREAK_SYSTEM_PACKAGES=1 pip install ${words.join(" ")}`]],
];

/**
 * The shell lines of the provisioning script.
 *
 * @param resolve From a path of the wire to one inside the sandbox.
 */
function renderSteps(
  request: Pick<ProvisionRequest, "packages" | "repositories" | "setupScript">,
  resolve: Sandbox["resolve"],
): string[] {
  const installs = INSTALLERS.flatMap(([manager, render]) => {
    const packages = request.packages[manager] ?? [];
    return packages.length === 0 ? [] : render(packages.map(shellQuote));
  });
  const clones = request.repositories.map(
    ({ url, mountPath }) => `git clone --depth=1 --quiet ${shellQuote(url)} ${shellQuote(resolve(mountPath))}`,
  );
  // A process of its own: its `exit`, options and variables are not ours. It ends at the first command that fails.
  const setup = request.setupScript.trim() === "" ? [] : [`bash -e ${shellQuote(resolve(SETUP_SCRIPT))}`];
  return [...installs, ...clones, ...setup];
}
