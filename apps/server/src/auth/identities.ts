import { AodError } from "@aod/core/errors";
import { and, eq } from "drizzle-orm";
import { identities, owners } from "../store/schema.ts";
import type { Db } from "../store/store.ts";
import { createKeylessOwner, lockOwners, requireOwner } from "./owners.ts";

/** Whom an issuer's token is about. */
export interface Identity {
  /** The issuer's URL, exactly as its tokens name it. */
  readonly issuer: string;
  /** The issuer's name for the caller (`sub`): never given to anybody else. */
  readonly subject: string;
}

const isIdentity = ({ issuer, subject }: Identity) =>
  and(eq(identities.issuer, issuer), eq(identities.subject, subject));

/** The account that an identity opens, or null. */
export async function findOwnerOf(db: Db, identity: Identity): Promise<string | null> {
  const [row] = await db.select({ ownerId: identities.ownerId }).from(identities).where(isIdentity(identity));
  return row?.ownerId ?? null;
}

/**
 * The account of an identity, made when it has none. No account that is there already is ever taken for it.
 *
 * @throws AodError `conflict` when somebody made an owner of the new one's name by hand.
 */
export async function signUp(db: Db, identity: Identity): Promise<string> {
  return db.transaction(async (transaction) => {
    // A client's first requests may come at once.
    await lockOwners(transaction);
    const existing = await findOwnerOf(transaction, identity);
    if (existing !== null) return existing;
    // A URL holds no space, so no two identities share a name.
    const ownerId = await createKeylessOwner(transaction, `${identity.issuer} ${identity.subject}`);
    await transaction.insert(identities).values({ ...identity, ownerId });
    return ownerId;
  });
}

/**
 * Lets an identity open an account.
 *
 * @throws AodError `not_found` for the owner; `conflict` when the identity opens an account already.
 */
export async function linkOwner(db: Db, name: string, identity: Identity): Promise<void> {
  const ownerId = await requireOwner(db, name);
  const made = await db
    .insert(identities)
    .values({ ...identity, ownerId })
    .onConflictDoNothing()
    .returning({ ownerId: identities.ownerId });
  if (made.length > 0) return;
  const [taken] = await db
    .select({ name: owners.name })
    .from(identities)
    .innerJoin(owners, eq(owners.id, identities.ownerId))
    .where(isIdentity(identity));
  throw new AodError(
    "conflict",
    `That subject already opens the account of ${JSON.stringify(taken?.name)}. End that first with: owners unlink ISSUER SUBJECT`,
  );
}

/**
 * Ends what {@link linkOwner} or {@link signUp} began. The account stays.
 *
 * @throws AodError `not_found` when the identity opens no account.
 */
export async function unlinkOwner(db: Db, identity: Identity): Promise<void> {
  const removed = await db.delete(identities).where(isIdentity(identity)).returning({ ownerId: identities.ownerId });
  if (removed.length === 0) throw new AodError("not_found", "That subject of that issuer opens no account.");
}
