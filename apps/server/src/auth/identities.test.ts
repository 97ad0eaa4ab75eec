import { expect, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { owners } from "../store/schema.ts";
import { findOwnerOf, linkOwner, signUp, unlinkOwner } from "./identities.ts";

const ada = { issuer: "https://id.example", subject: "ada" };

test("makes one account of an identity, also when its first requests come together", async () => {
  await using store = await createTestStore();
  const ids = await Promise.all(Array.from({ length: 5 }, () => signUp(store.db, ada)));
  expect(new Set(ids).size).toBe(1);
  expect(await findOwnerOf(store.db, ada)).toBe(ids[0]);
  const names = (await store.db.select().from(owners)).map(({ name }) => name);
  expect(names).toEqual(["https://id.example ada"]);
});

test("takes the same subject of another issuer for somebody else", async () => {
  await using store = await createTestStore();
  const other = { ...ada, issuer: "https://other.example" };
  expect(await signUp(store.db, ada)).not.toBe(await signUp(store.db, other));
});

test("never signs up into an account that was there before", async () => {
  await using store = await createTestStore();
  await createTestOwner(store, "https://id.example ada");
  await expect(signUp(store.db, ada)).rejects.toMatchObject({ code: "conflict" });
  expect(await findOwnerOf(store.db, ada)).toBeNull();
});

test("links an identity to one account, until the link is ended", async () => {
  await using store = await createTestStore();
  const first = await createTestOwner(store, "first");
  const second = await createTestOwner(store, "second");
  await expect(linkOwner(store.db, "nobody", ada)).rejects.toThrow('There is no owner named "nobody".');
  await linkOwner(store.db, "first", ada);
  expect(await findOwnerOf(store.db, ada)).toBe(first);
  await expect(linkOwner(store.db, "second", ada)).rejects.toThrow('already opens the account of "first"');
  await unlinkOwner(store.db, ada);
  expect(await findOwnerOf(store.db, ada)).toBeNull();
  await expect(unlinkOwner(store.db, ada)).rejects.toMatchObject({ code: "not_found" });
  await linkOwner(store.db, "second", ada);
  expect(await findOwnerOf(store.db, ada)).toBe(second);
});
