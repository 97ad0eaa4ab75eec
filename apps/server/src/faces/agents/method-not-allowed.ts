import { FaceError } from "./face-error.ts";
import { replaceParameters, type FaceRoute, type Method } from "./face-route.ts";

/** A path that exists, and how it answers methods that it does not take. */
export interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: readonly Method[];
  /** Single-method paths look at the method before the key, and answer without a body. */
  readonly checksMethodFirst: boolean;
}

/** The paths of a route table. */
export function knownPaths(routes: readonly FaceRoute[]): KnownPath[] {
  const methods = Map.groupBy(routes, (route) => route.path);
  return [...methods].map(([path, group]) => ({
    pattern: new RegExp(`^${replaceParameters(path.replaceAll(".", "\\."), (_, pattern) => pattern)}$`),
    methods: group.map((route) => route.method),
    checksMethodFirst: group.length === 1 && !path.endsWith("/delete"),
  }));
}

/** The entry of a path, without its query; undefined when there is no such path. */
export function findPath(paths: readonly KnownPath[], url: string): KnownPath | undefined {
  const [path = ""] = url.split("?", 1);
  return paths.find((known) => known.pattern.test(path));
}

/**
 * The 405 of a path, in one of the two forms.
 *
 * @param assertCaller throws when the request has no valid key
 * @throws FaceError always
 */
export async function refuseMethod(path: KnownPath, assertCaller: () => Promise<unknown>): Promise<never> {
  const headers = { allow: path.methods.join(", ") };
  if (path.checksMethodFirst) throw new FaceError(405, "", { headers });
  await assertCaller();
  throw new FaceError(405, "Method not allowed", { headers });
}
