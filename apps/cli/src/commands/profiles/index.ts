import type { CommandContext, Outcome } from "../../context.ts";
import {
  credentialsPath,
  defaultProfileName,
  findProfile,
  readCredentials,
  writeCredentials,
} from "../../credentials.ts";
import type { Credentials } from "../../credentials.ts";
import { renderTable } from "../../output/table.ts";
import { warnOfVariables } from "../../warn-of-variables.ts";

export interface ListProfilesOptions {
  readonly json?: boolean;
}

export interface ProfileRefOptions extends ListProfilesOptions {
  readonly name: string;
}

/** `aod profiles list`: without the keys. */
export async function listProfiles(context: CommandContext, _options: ListProfilesOptions): Promise<Outcome> {
  const { current = defaultProfileName, profiles } = await read(context);
  const data = Object.entries(profiles).map(([name, { url }]) => ({ name, url, current: name === current }));
  return {
    json: { data },
    text: (theme, width) =>
      data.length === 0
        ? "No profiles. Save one with: aod login\n"
        : renderTable(
            data,
            [
              { title: "", value: (profile) => (profile.current ? "*" : "") },
              { title: "NAME", value: ({ name }) => name, style: theme.cyan },
              { title: "URL", value: ({ url }) => url },
            ],
            { theme, width },
          ),
  };
}

/** `aod profiles use` */
export async function useProfile(context: CommandContext, { name }: ProfileRefOptions): Promise<Outcome> {
  const credentials = await read(context);
  const profile = findProfile(credentials.profiles, name);
  const { url } = profile;
  await writeCredentials(credentialsPath(context.env), { ...credentials, current: name });
  await warnOfVariables(name, profile, context);
  return { json: { name, url, current: true }, text: () => `Profile ${name} is the current one: ${url}\n` };
}

/** `aod profiles remove`: forgets the key here; it stays valid. */
export async function removeProfile(context: CommandContext, { name }: ProfileRefOptions): Promise<Outcome> {
  const credentials = await read(context);
  findProfile(credentials.profiles, name);
  const { [name]: _removed, ...profiles } = credentials.profiles;
  const { current, ...others } = credentials;
  const kept = current === undefined || current === name ? others : { ...others, current };
  await writeCredentials(credentialsPath(context.env), { ...kept, profiles });
  return { json: { name, removed: true }, text: () => `Removed profile ${name}\n` };
}

async function read({ env, stderr }: CommandContext): Promise<Credentials> {
  const warn = (text: string): void => void stderr.write(`warning: ${text}\n`);
  return (await readCredentials(credentialsPath(env), warn)) ?? { profiles: {} };
}
