import type { Command } from "commander";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { credentialsPath, readCredentials } from "../../credentials.ts";
import { toLine } from "../../output/text.ts";
import { findCandidates } from "./candidates.ts";
import type { Candidate, NamedThing } from "./candidates.ts";
import { completionScript } from "./scripts.ts";
import type { Shell } from "./scripts.ts";

// Longer than this nobody waits for a key press to do something.
const lookUpMs = 1500;

/** `aod completion` */
export function completion(_context: CommandContext, { shell }: { readonly shell: Shell }): Promise<Outcome> {
  return Promise.resolve({ text: () => completionScript(shell) });
}

export interface CompleteOptions {
  readonly program: Command;
  readonly words: readonly string[];
}

/** `aod __complete`, for the scripts: a candidate a line, its description behind a tab. Never fails aloud. */
export async function complete(context: CommandContext, { program, words }: CompleteOptions): Promise<Outcome> {
  const flag = words.indexOf("--profile");
  const profile = flag < 0 ? undefined : words[flag + 1];
  const options = profile === undefined ? {} : { profile };
  const list = (thing: NamedThing): Promise<readonly Candidate[]> =>
    listThings(thing, options, context).catch(() => []);
  const candidates = await findCandidates(program, words, list);
  return { text: () => candidates.map(({ value, description }) => `${value}\t${toLine(description)}\n`).join("") };
}

async function listThings(
  thing: NamedThing,
  options: CommonOptions,
  context: CommandContext,
): Promise<readonly Candidate[]> {
  if (thing === "profile") {
    const saved = await readCredentials(credentialsPath(context.env), () => undefined);
    return Object.entries(saved?.profiles ?? {}).map(([value, { url }]) => ({ value, description: url }));
  }
  await using client = await context.connect(options);
  const request = { signal: AbortSignal.any([context.signal, AbortSignal.timeout(lookUpMs)]) };
  switch (thing) {
    case "session":
      return (await client.sessions.list(request)).map(({ id, status, runtime }) => ({
        value: id,
        description: `${status}, ${runtime}`,
      }));
    case "agent":
      return (await client.agents.list(request)).map(byName);
    case "environment":
      return (await client.environments.list(request)).map(byName);
    case "key":
      return (await client.keys.list(request)).map(byName);
  }
}

/** A name that a shell would have to quote is offered as its id. */
function byName({ id, name }: { readonly id: string; readonly name: string }): Candidate {
  return /^[\w.@:/-]+$/.test(name) ? { value: name, description: id } : { value: id, description: name };
}
