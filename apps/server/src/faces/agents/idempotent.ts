import { createHash } from "node:crypto";
import { DomainError } from "../../domain/domain-error.ts";
import type { Services } from "../../services.ts";
import { toDatabaseError } from "../../store/database-error.ts";
import { claimKey, storeAnswer, type KeyedRequest, type StoredAnswer } from "../../store/idempotency.ts";
import { sealedField } from "../../store/sealed-fields.ts";
import type { Db } from "../../store/store.ts";
import { FaceError } from "./face-error.ts";
import { route, type Answer, type Call, type KeyedRoute, type Method, type RouteDescription } from "./face-route.ts";
import { OneAtATime } from "./one-at-a-time.ts";

export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

const lockNotAvailable = "55P03";

/** Requests of one key in this process; other processes are kept apart by the database. */
const requests = new OneAtATime();

function keyedRequest(call: Call): KeyedRequest | null {
  const key = call.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key !== "string" || !idempotencyKeyPattern.test(key)) {
    throw new FaceError(400, "Idempotency-Key must have 1 to 255 visible ASCII characters");
  }
  const hash = createHash("sha256").update(`${call.method} ${call.path}\n`).update(call.body.bytes);
  return { ownerId: call.ownerId, key, requestHash: hash.digest("hex") };
}

async function claim(db: Db, request: KeyedRequest): Promise<StoredAnswer | null> {
  try {
    return await claimKey(db, request);
  } catch (error) {
    if (toDatabaseError(error)?.code !== lockNotAvailable) throw error;
    throw new DomainError({ reason: "idempotency_key_busy" }, { cause: error });
  }
}

/** What was done in a transaction. */
export interface Done extends Answer {
  /** What follows once it is committed; not when an earlier answer is given again. */
  readonly afterCommit?: () => void;
}

type Work = (call: Call, transaction: Db) => Promise<Done>;

/**
 * Does `work` in one transaction. With an Idempotency-Key, an earlier answer to the same request is given again; a failed
 * request leaves no trace, so it may be repeated.
 *
 * @throws DomainError `idempotency_key_reused`, `idempotency_key_busy`
 */
async function doOnce({ store, keyring }: Pick<Services, "store" | "keyring">, call: Call, work: Work): Promise<Done> {
  const request = keyedRequest(call);
  if (request === null) return store.db.transaction((transaction) => work(call, transaction));
  const place = sealedField.storedAnswer(request.ownerId, request.key);
  return requests.run(place, () =>
    store.db.transaction(async (transaction) => {
      const first = await claim(transaction, request);
      if (first === null) {
        const done = await work(call, transaction);
        const body = JSON.stringify(done.body);
        // Sealed: an agent's answer repeats the tokens of its MCP servers.
        await storeAnswer(transaction, request, { status: done.status, body: keyring.seal(body, place) });
        return { ...done, body };
      }
      if (first.requestHash !== request.requestHash) throw new DomainError({ reason: "idempotency_key_reused" });
      const body = keyring.open(first.body, place);
      return { status: first.status, body, headers: { "idempotent-replayed": "true" } };
    }),
  );
}

/** @returns what makes routes whose work is one transaction, carried out once for each Idempotency-Key */
export function onceRoutes(services: Pick<Services, "store" | "keyring">) {
  return (method: Method, path: string, describe: RouteDescription, work: Work): KeyedRoute => ({
    ...route(method, path, describe, async (call) => {
      const { afterCommit, ...answer } = await doOnce(services, call, work);
      afterCommit?.();
      return answer;
    }),
    isRepeatable: true,
  });
}
