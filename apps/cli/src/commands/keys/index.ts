import type { CommandContext, CommonOptions, Outcome } from "../../context.ts";
import { renderKeys } from "../../output/keys.ts";
import { toWire, toWireList } from "../../output/wire.ts";
import { resolveRef } from "../../refs/resolve-ref.ts";

export interface CreateKeyOptions extends CommonOptions {
  readonly name: string;
  /** ISO 8601 with an offset. */
  readonly expiresAt?: string;
  /** Each `agent:<id>`. */
  readonly scope?: readonly string[];
}

export interface KeyRefOptions extends CommonOptions {
  readonly key: string;
}

/** `aod keys list` */
export async function listKeys(context: CommandContext, options: CommonOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const keys = await client.keys.list({ signal: context.signal });
  return { json: toWireList(keys), text: (theme, width) => renderKeys(keys, { now: context.now(), theme, width }) };
}

/** `aod keys create`: prints the key, this once. */
export async function createKey(context: CommandContext, options: CreateKeyOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { name, expiresAt = null, scope: scopes = null } = options;
  // Left out when there are none: a server that knows no scopes refuses the field.
  const params = { name, expiresAt, ...(scopes === null ? {} : { scopes }) };
  const created = await client.keys.create(params, { signal: context.signal });
  await context.stderr.write("This key is shown once. Keep it now.\n");
  return { json: toWire(created), text: () => `${created.key}\n` };
}

/** `aod keys delete` */
export async function deleteKey(context: CommandContext, options: KeyRefOptions): Promise<Outcome> {
  await using client = await context.connect(options);
  const { signal } = context;
  const id = await resolveRef("keys", options.key, () => client.keys.list({ signal }));
  await client.keys.delete(id, { signal });
  return { json: { id, deleted: true }, text: () => `Revoked ${id}\n` };
}
