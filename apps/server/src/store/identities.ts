import { inArray } from "drizzle-orm";
import { identities } from "./schema.ts";
import type { Db } from "./store.ts";

/** An identity of an issuer, and the account that it opened. */
export interface LinkedIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly ownerId: string;
}

const nameOf = ({ issuer, subject, ownerId }: LinkedIdentity) => JSON.stringify([issuer, subject, ownerId]);

/** Those of the identities that still open the account that they opened. */
export async function findLinkedIdentities(
  db: Db,
  opened: readonly LinkedIdentity[],
): Promise<Set<LinkedIdentity | null>> {
  const subjects = [...new Set(opened.map(({ subject }) => subject))];
  const rows = await db
    .select({ issuer: identities.issuer, subject: identities.subject, ownerId: identities.ownerId })
    .from(identities)
    .where(inArray(identities.subject, subjects));
  const linked = new Set(rows.map(nameOf));
  return new Set(opened.filter((identity) => linked.has(nameOf(identity))));
}
