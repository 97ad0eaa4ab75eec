import { misuse } from "../../cli-error.ts";
import { defaultUrl, readTokenFile, requireHttpUrl } from "../../config.ts";
import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { credentialsPath, defaultProfileName, readCredentials, writeCredentials } from "../../credentials.ts";
import { warnOfVariables } from "../../warn-of-variables.ts";

/** `aod login`: saves an address and a key in a profile, after the server took the key, and makes it the current one. */
export async function login(context: CommandContext, options: CommonOptions): Promise<Outcome> {
  const { env, signal } = context;
  const name = options.profile ?? (env["AOD_PROFILE"] || defaultProfileName);
  if (!/^[\w.:-]+$/.test(name))
    throw misuse(`${JSON.stringify(name)} cannot be a profile's name.`, "Use letters, digits and . : - _");
  const path = credentialsPath(env);
  const saved = await readCredentials(path, (text) => void context.stderr.write(`warning: ${text}\n`));
  const earlier = new Map(Object.entries(saved?.profiles ?? {})).get(name);
  const url = options.url ?? (env["AOD_API_URL"] || (earlier?.url ?? defaultUrl));
  requireHttpUrl(url, "The address");
  const token = await readToken(url, options, context);

  const { Client } = await import("@aod/sdk");
  await using client = new Client({ baseUrl: url, token });
  await client.agents.list({ signal });
  const profiles = { ...saved?.profiles, [name]: { url, token } };
  await writeCredentials(path, { ...saved, current: name, profiles });
  await warnOfVariables(name, { url, token }, context);
  return {
    json: { profile: name, url },
    text: () => `The server took the key. Profile ${name} is for ${url} from now on.\n`,
  };
}

async function readToken(url: string, options: CommonOptions, context: CommandContext): Promise<string> {
  if (options.tokenFile !== undefined) return readTokenFile(options.tokenFile);
  const token = (await (context.readStdin() ?? context.readSecret(`API key for ${url}: `)))?.trim();
  if (token) return token;
  throw misuse("There is no key.", "Type it when asked, give --token-file, or pipe it in: aod login < key.txt");
}
