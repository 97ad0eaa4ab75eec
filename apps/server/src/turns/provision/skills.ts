import { runInSandbox } from "./run-in-sandbox.ts";
import type { Stage } from "./stage.ts";

/** Inline skills become files; those of a GitHub repository are fetched by the `skills` program. */
export const skillsStage: Stage = {
  name: "skills",
  applies: ({ skills }) => skills.length > 0,
  run: async (request, sandbox) => {
    const { runtime, skills } = request;
    const { skillsFolder, skillsAgent } = runtime;
    if (skillsFolder === undefined || skillsAgent === undefined) {
      throw new Error(`Runtime '${runtime.name}' has no skills. Remove them from the agent or use another runtime.`);
    }
    for (const skill of skills) {
      if ("content" in skill) {
        await sandbox.writeFile(`${skillsFolder}/${skill.name}/SKILL.md`, skill.content);
      } else {
        const only = skill.name === undefined ? [] : ["--skill", skill.name];
        const argv = [
          "npx",
          "-y",
          "skills@latest",
          "add",
          skill.source,
          "--global",
          "--agent",
          skillsAgent,
          "--yes",
          ...only,
        ];
        await runInSandbox(sandbox, `Adding skills of ${skill.source}`, argv, request);
      }
    }
  },
};
