import { expect, test } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

test("work of one name waits for the work before it, also when that fails", async () => {
  const turns = new OneAtATime();
  const order: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = turns.run("a", async () => {
    await gate.promise;
    order.push("first");
    throw new Error("refused");
  });
  const second = turns.run("a", () => Promise.resolve(order.push("second")));
  await turns.run("b", () => Promise.resolve(order.push("other")));
  gate.resolve(undefined);
  await expect(first).rejects.toThrow("refused");
  await second;
  expect(order).toEqual(["other", "first", "second"]);
  expect(turns.size).toBe(0);
});
