import { CliError, misuse } from "../cli-error.ts";
import { nearest } from "../nearest.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Something that can be meant by id, the start of one, or name. */
interface Referable {
  readonly id: string;
  readonly name?: string;
}

/**
 * The id that a reference means. A whole id is taken as it is, so that archived things, which lists leave out, can be
 * named too. Otherwise a name wins over the start of an id.
 *
 * @param kind The command that lists these things, such as `agents`.
 * @throws CliError when nothing matches, or more than one thing does.
 */
export async function resolveRef(
  kind: "agents" | "environments" | "sessions" | "keys",
  ref: string,
  list: () => Promise<readonly Referable[]>,
): Promise<string> {
  const id = ref.toLowerCase();
  if (uuid.test(id)) return id;
  if (ref === "")
    throw misuse(`An id or a name is needed, not an empty text.`, `aod ${kind} list shows what there is.`);
  const all = await list();
  const named = all.filter(({ name }) => name === ref);
  const matches = named.length > 0 ? named : all.filter((item) => item.id.startsWith(id));
  const [first, ...others] = matches;
  if (first === undefined) {
    const close = nearest(
      ref,
      all.flatMap(({ name }) => name ?? []),
    );
    const forms =
      kind === "sessions" ? "Give an id, or its first characters." : "Give an id, its first characters, or a name.";
    throw new CliError(`Nothing in "aod ${kind} list" matches ${JSON.stringify(ref)}.`, {
      hint: close === null ? forms : `Did you mean ${close}?`,
    });
  }
  if (others.length > 0) {
    const ids = matches.map((match) => match.id);
    throw misuse(
      `${JSON.stringify(ref)} could be any of ${matches.length}: ${ids.slice(0, 5).join(", ")}`,
      "Give more of the id.",
    );
  }
  return first.id;
}
