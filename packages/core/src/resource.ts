import { z } from "zod";
import { addFinding, textField, typeMessage } from "./lax-fields.ts";

/** How many resources one session can have. */
export const maxResources = 10;

/** A repository that a session clones, as it is returned: never with its token. */
export const resourceSchema = z.looseObject({
  type: z.literal("github_repository"),
  /** `https://github.com/<owner>/<repo>`, without `.git`. */
  url: z.string(),
  /** Where it is cloned to, absolute. */
  mount_path: z.string(),
});
/** A repository that a session clones, as it is returned: never with its token. See {@link resourceSchema}. */
export type Resource = z.infer<typeof resourceSchema>;

const urlPattern = /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+)$/;
const reservedPaths: readonly string[] = ["/", "/home/sprite"];

function withoutGitSuffix(url: string): string {
  return url.endsWith(".git") ? url.slice(0, -".git".length) : url;
}

/** `https://github.com/<owner>/<repo>`, with or without `.git`; `.` and `..` are folders, no repositories. */
function isRepositoryUrl(url: string): boolean {
  const parts = urlPattern.exec(withoutGitSuffix(url))?.slice(1) ?? [];
  return parts.length === 2 && !parts.some((part) => part === "." || part === "..");
}

/** An absolute path without `.`, `..`, empty parts and a slash at its end: two ways to write one folder become one. */
function normalisePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function findMountPathProblem(path: string): string | null {
  if (!path.startsWith("/")) return "mount_path must be an absolute path";
  return reservedPaths.includes(normalisePath(path)) ? "mount_path must not be the Sprite root" : null;
}

/** One entry of `resources` in a request; its result is resolved: the URL bare, the path normal, no empty token. */
export const resourceRequestSchema = z
  .object(
    {
      type: z.literal("github_repository", {
        error: (issue) => (issue.input === undefined ? "Field required" : "Input should be 'github_repository'"),
      }),
      url: textField({ max: 500 }).superRefine((url, context) => {
        if (!isRepositoryUrl(url)) addFinding(context, "url must be a https://github.com/<owner>/<repo> URL");
      }),
      /** Absolute. @default "/workspace/<repo>" */
      mount_path: textField()
        .superRefine((path, context) => addFinding(context, findMountPathProblem(path)))
        .nullish(),
      /** For private repositories; sealed at rest, never returned. */
      authorization_token: textField().nullish(),
    },
    { error: typeMessage("a valid dictionary") },
  )
  .transform((resource) => {
    const url = withoutGitSuffix(resource.url);
    const repository = url.slice(url.lastIndexOf("/") + 1);
    return {
      type: resource.type,
      url,
      mount_path: normalisePath(resource.mount_path ?? `/workspace/${repository}`),
      authorization_token: resource.authorization_token === "" ? null : (resource.authorization_token ?? null),
    };
  });
/** A resource of a request after its defaults are resolved. */
export type ResolvedResource = z.output<typeof resourceRequestSchema>;

/** The `resources` of a request. The rules of the list apply once every entry is right, as after-validators do. */
export const resourcesField = () =>
  z.array(resourceRequestSchema, { error: typeMessage("a valid list") }).superRefine((resources, context) => {
    if (context.issues.length > 0) return;
    const paths = new Set(resources.map((resource) => resource.mount_path));
    if (resources.length > maxResources) addFinding(context, `Maximum ${maxResources} resources per session`);
    else if (paths.size < resources.length) addFinding(context, "Duplicate mount_path in resources");
  });
