import { expect, it } from "vitest";
import { repeat } from "./repeat.ts";

it("goes on after work that throws at once, and after work that rejects", async () => {
  const errors: unknown[] = [];
  const third = Promise.withResolvers<undefined>();
  let rounds = 0;
  const work = (): Promise<void> => {
    rounds += 1;
    if (rounds === 1) throw new Error("at once");
    if (rounds === 2) return Promise.reject(new Error("later"));
    third.resolve(undefined);
    return Promise.resolve();
  };
  const repetition = repeat(work, 0, (error) => errors.push(error));
  await third.promise;
  await repetition.stop();
  expect(errors).toEqual([new Error("at once"), new Error("later")]);
});

it("waits for the round that is at work when it is stopped, and begins no other", async () => {
  const begun = Promise.withResolvers<undefined>();
  const end = Promise.withResolvers<undefined>();
  let rounds = 0;
  const repetition = repeat(
    async () => {
      rounds += 1;
      begun.resolve(undefined);
      await end.promise;
    },
    0,
    () => undefined,
  );
  await begun.promise;
  const stopped = repetition.stop();
  end.resolve(undefined);
  await stopped;
  expect(rounds).toBe(1);
});
