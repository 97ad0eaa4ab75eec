import { createHash } from "node:crypto";
import { DomainError } from "../../domain/domain-error.ts";
import { toDatabaseError } from "../../store/database-error.ts";
import { claimKey, storeAnswer, type KeyedRequest, type StoredAnswer } from "../../store/idempotency.ts";
import type { Db } from "../../store/store.ts";
import { FaceError } from "./face-error.ts";
import type { Answer, Call } from "./face-route.ts";
import { OneAtATime } from "./one-at-a-time.ts";

const keyPattern = /^[\x21-\x7e]{1,255}$/;

const lockNotAvailable = "55P03";

/** Requests of one key in this process; other processes are kept apart by the database. */
const requests = new OneAtATime();

function keyedRequest(call: Call): KeyedRequest | null {
  const key = call.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key !== "string" || !keyPattern.test(key)) {
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

/**
 * Runs `work` in one transaction. With an Idempotency-Key, an earlier answer to the same request is given again; a failed
 * request leaves no trace, so it may be repeated.
 *
 * @throws DomainError `idempotency_key_reused`, `idempotency_key_busy`
 */
export async function inTransaction(db: Db, call: Call, work: (transaction: Db) => Promise<Answer>): Promise<Answer> {
  const request = keyedRequest(call);
  if (request === null) return db.transaction(work);
  return requests.run(`${request.ownerId} ${request.key}`, () =>
    db.transaction(async (transaction) => {
      const first = await claim(transaction, request);
      if (first === null) {
        const answer = await work(transaction);
        const body = JSON.stringify(answer.body);
        await storeAnswer(transaction, request, { status: answer.status, body });
        return { ...answer, body };
      }
      if (first.requestHash !== request.requestHash) throw new DomainError({ reason: "idempotency_key_reused" });
      return { status: first.status, body: first.body, headers: { "idempotent-replayed": "true" } };
    }),
  );
}
