import type { StageEvent } from "@aod/sdk";

/** A stage while it lasts, and when it is over; `RUNTIME` stands for the runtime's name. */
const texts: Readonly<Record<string, readonly [doing: string, done: string]>> = {
  create_sprite: ["Creating the sandbox", "Created the sandbox"],
  install_runtime: ["Installing RUNTIME", "Installed RUNTIME"],
  network_policy: ["Setting the network policy", "Set the network policy"],
  env_file: ["Writing the variables", "Wrote the variables"],
  git_credentials: ["Adding the git credentials", "Added the git credentials"],
  provision_setup: [
    "Installing packages, cloning, running the setup script",
    "Installed packages, cloned, ran the setup script",
  ],
  runtime_config: ["Configuring RUNTIME", "Configured RUNTIME"],
  skills: ["Adding the skills", "Added the skills"],
  runtime_start: ["Starting RUNTIME", "Started RUNTIME"],
};

/** A stage in words; one that is not known keeps its own name. */
export function renderStage({ stage, state }: Pick<StageEvent, "stage" | "state">, runtime: string): string {
  const [doing, done] = texts[stage] ?? [stage, stage];
  return (state === "done" ? done : doing).replace("RUNTIME", runtime);
}
