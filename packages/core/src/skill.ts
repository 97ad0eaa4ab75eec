import { z } from "zod";
import { countCharacters, describeForm, isJsonObject, listField } from "./lax-fields.ts";
import { pythonRepr } from "./python-repr.ts";

/** How many skills one agent can have. */
export const maxSkills = 20;

/** A skill whose `SKILL.md` is in the agent itself. */
export const inlineSkillSchema = z.object({
  /** Folder name: lower case, digits and dashes, at most 64 characters. */
  name: z.string(),
  /** At most 1,024 characters. */
  description: z.string(),
  /** At most 65,536 bytes of UTF-8. */
  content: z.string(),
});

/** One skill of a GitHub repository, or all of them when it has no name. */
export const githubSkillSchema = z.object({
  type: z.literal("github"),
  name: z.string().optional(),
  description: z.string(),
  /** `owner/repo`. */
  source: z.string(),
});

/** A skill as agents store and return it. */
export const skillSchema = z.union([githubSkillSchema, inlineSkillSchema]);
/** A skill as agents store and return it. See {@link skillSchema}. */
export type Skill = z.infer<typeof skillSchema>;

const maxContentBytes = 65_536;
const maxDescription = 1_024;
const namePattern = /^[a-z0-9][a-z0-9-]{0,63}$/;
const sourcePattern = /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/;

const shapes = {
  inline: { required: ["name", "description", "content"], allowed: ["content", "description", "name"] },
  github: { required: ["type", "description", "source"], allowed: ["description", "name", "source", "type"] },
} as const;

/** `owner/repo` of GitHub; `../x` would be a path to the program that fetches it. */
function isSource(source: string): boolean {
  return sourcePattern.test(source) && !source.split("/").some((part) => part === "." || part === "..");
}

/** Keys and their types, in the wire's order. */
function findShapeProblem(label: string, skill: Readonly<Record<string, unknown>>): string | null {
  const shape = "type" in skill ? "github" : "inline";
  const { required, allowed } = shapes[shape];
  const unknown = Object.keys(skill).filter((key) => !(allowed as readonly string[]).includes(key));
  if (unknown.length > 0) {
    const keys = pythonRepr(unknown.toSorted());
    return `${label}: unknown keys ${keys}. Allowed for ${shape} skills: ${pythonRepr(allowed)}`;
  }
  const missing = required.find((key) => !(key in skill));
  if (missing !== undefined) return `${label} missing required field: ${missing}`;
  const present = [...required, "name"].filter((key) => key in skill);
  const wrong = present.find((key) => typeof skill[key] !== "string");
  return wrong === undefined ? null : `${label}.${wrong} must be a string`;
}

/** Values of a skill whose shape is right. */
function findValueProblem(label: string, skill: Skill): string | null {
  if ("type" in skill) {
    if ((skill.type as string) !== "github") {
      return `${label}.type ${pythonRepr(skill.type)} unsupported (only 'github')`;
    }
    if (!isSource(skill.source)) return `${label}.source ${pythonRepr(skill.source)} must be 'owner/repo'`;
  } else {
    if (new TextEncoder().encode(skill.content).length > maxContentBytes)
      return `${label}.content exceeds ${maxContentBytes} bytes`;
    if (skill.content.includes("SKILL_EOF")) return `${label}.content must not contain 'SKILL_EOF'`;
  }
  if (skill.name !== undefined && !namePattern.test(skill.name)) {
    return `${label}.name ${pythonRepr(skill.name)} must match [a-z0-9][a-z0-9-]{0,63}`;
  }
  return null;
}

/** The first thing wrong with a list of skills, in the wire's order of checks, or null. */
function findSkillProblem(skills: readonly unknown[]): string | null {
  if (skills.length > maxSkills) return `Maximum ${maxSkills} skills per agent`;
  const seen = new Set<string>();
  for (const [index, entry] of skills.entries()) {
    const label = `skills[${index}]`;
    if (!isJsonObject(entry)) return `${label} must be an object`;
    const shapeProblem = findShapeProblem(label, entry);
    if (shapeProblem !== null) return shapeProblem;
    const skill = entry as Skill;
    const valueProblem = findValueProblem(label, skill);
    if (valueProblem !== null) return valueProblem;
    const key = skill.name ?? ("source" in skill ? `@github:${skill.source}` : "");
    if (seen.has(key)) {
      return `${label}: duplicate ${skill.name === undefined ? "source" : "name"} ${pythonRepr(key)}`;
    }
    seen.add(key);
    if (countCharacters(skill.description) > maxDescription) {
      return `${label}.description exceeds ${maxDescription} chars`;
    }
  }
  return null;
}

const skillForm = describeForm(skillSchema);

/** The `skills` of a request: stored and returned as sent. */
export const skillsField = () =>
  listField(findSkillProblem, { items: skillForm, maxItems: maxSkills }).transform((skills) => skills as Skill[]);
