// The border of `aod apply`: what stands in a file, checked as far as the server does not.
import { isMap, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Node, YAMLMap } from "yaml";
import { misuse } from "../../cli-error.ts";
import { nearest } from "../../nearest.ts";

export type ResourceKind = "environment" | "agent";

/** An agent or environment as a file wants it. */
export interface WantedResource {
  readonly kind: ResourceKind;
  readonly name: string;
  /** Where it stands: file and line. */
  readonly source: string;
  /** With the names of the HTTP API; of an agent, `environment` is a reference. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The fields of each kind, and what an empty one (`null`) stands for: `refused` where the server has no such value. */
const refused = Symbol("refused");
const fieldsOf: Readonly<Record<ResourceKind, Readonly<Record<string, unknown>>>> = {
  environment: {
    name: refused,
    packages: {},
    env_vars: {},
    setup_script: "",
    networking: { type: "unrestricted" },
  },
  agent: {
    name: refused,
    description: "",
    runtime: refused,
    provider: refused,
    model: refused,
    command: refused,
    system: "",
    environment: null,
    skills: [],
    mcp_servers: [],
    metadata: {},
  },
};
const kindOf: Readonly<Record<string, ResourceKind>> = { environments: "environment", agents: "agent" };

/**
 * What a YAML (or JSON) text declares: environments first, as agents may need them. Several documents count as one.
 *
 * @param path Named in errors, with the line.
 * @param env Where variables with `from_env` are taken from.
 * @throws CliError (2) when the text is no YAML, or has an unknown field, an unnamed or doubled entry.
 */
export function parseManifest(
  text: string,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): WantedResource[] {
  const lines = new LineCounter();
  const locate = (node: unknown): string => `${path}:${lines.linePos((node as Node | null)?.range?.[0] ?? 0).line}`;
  const fail = (node: unknown, message: string, hint?: string): never => {
    throw misuse(`${locate(node)}: ${message}`, hint);
  };
  const reader: Reader = { env, locate, fail };
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const wanted = [...documents].flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw misuse(`${path}:${lines.linePos(problem.pos[0]).line}: ${problem.message}`);
    return document.contents === null ? [] : readRoot(document.contents, reader);
  });
  return [...wanted.filter(({ kind }) => kind === "environment"), ...wanted.filter(({ kind }) => kind === "agent")];
}

interface Reader {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly locate: (node: unknown) => string;
  readonly fail: (node: unknown, message: string, hint?: string) => never;
}

function readRoot(root: Node, reader: Reader): WantedResource[] {
  if (!isMap(root)) return reader.fail(root, "The file needs the lists agents, environments or both.");
  return root.items.flatMap((item) => {
    const key = String(item.key);
    const kind = kindOf[key];
    if (kind === undefined) {
      return reader.fail(item.key, `There is no ${JSON.stringify(key)}.`, hintFor(key, Object.keys(kindOf)));
    }
    if (!isSeq(item.value)) return reader.fail(item.key, `${key} is not a list.`);
    const seen = new Set<string>();
    return item.value.items.map((entry) => {
      const resource = readResource(kind, entry, reader);
      if (seen.has(resource.name)) reader.fail(entry, `The ${kind} ${JSON.stringify(resource.name)} is here twice.`);
      seen.add(resource.name);
      return resource;
    });
  });
}

function readResource(kind: ResourceKind, entry: unknown, reader: Reader): WantedResource {
  if (!isMap(entry)) return reader.fail(entry, `This ${kind} is not a map of fields.`);
  const known = fieldsOf[kind];
  const fields = entry.toJSON() as Record<string, unknown>;
  for (const { key: node } of entry.items) {
    const key = String(node);
    if (!Object.hasOwn(known, key)) {
      reader.fail(node, `An ${kind} has no field ${JSON.stringify(key)}.`, hintFor(key, Object.keys(known)));
    }
    if (fields[key] !== null) continue;
    if (known[key] === refused) reader.fail(node, `${key} cannot be empty.`, "Leave it out, or give it a value.");
    fields[key] = known[key];
  }
  const { name } = fields;
  if (typeof name !== "string" || name === "") return reader.fail(entry, `This ${kind} has no name.`);
  if ("env_vars" in fields) fields["env_vars"] = readVariables(entry, fields["env_vars"], reader);
  return { kind, name, source: reader.locate(entry), fields };
}

/** Plain values as text, as an environment has them, and `{ from_env: NAME }` from the caller's own environment. */
function readVariables(entry: YAMLMap, value: unknown, { env, fail }: Reader): Record<string, string> {
  const node = entry.get("env_vars", true);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(node, "env_vars is not a map.");
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => {
      if (typeof item === "string" || typeof item === "number" || typeof item === "boolean")
        return [name, String(item)];
      if (item === null) return [name, ""];
      const { from_env: source } = item as { from_env?: unknown };
      if (typeof source !== "string") return fail(node, `${name} is neither a text nor { from_env: NAME }.`);
      const text = env[source];
      if (text === undefined) {
        return fail(node, `${source} is not set in your environment.`, `Set it first: export ${source}=...`);
      }
      return [name, text];
    }),
  );
}

function hintFor(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === null ? `Known here: ${known.join(", ")}` : `Did you mean ${close}?`;
}
