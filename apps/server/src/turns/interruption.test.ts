import { expect, it } from "vitest";
import type { SupervisedTurn } from "../sandboxes/sandbox-driver.ts";
import { Interruption } from "./interruption.ts";

const unwritable = new Error("the control folder cannot be written");

/** A program that cannot be asked, and can be killed at the second try. */
function stubborn(): { turn: SupervisedTurn; killed: Promise<unknown> } {
  const killed = Promise.withResolvers<undefined>();
  let kills = 0;
  const turn: SupervisedTurn = {
    id: "turn",
    records: () => {
      throw new Error("not read here");
    },
    renew: () => Promise.resolve(),
    interrupt: () => Promise.reject(unwritable),
    kill: () => {
      kills += 1;
      if (kills === 1) return Promise.reject(unwritable);
      killed.resolve(undefined);
      return Promise.resolve();
    },
  };
  return { turn, killed: killed.promise };
}

it("ends a program that cannot be asked to stop, and tries again when that fails", async () => {
  const errors: unknown[] = [];
  const interruption = new Interruption({ graceMs: 1, onError: (error) => errors.push(error) });
  const { turn, killed } = stubborn();
  interruption.watch(turn, "SIGINT");
  interruption.request();
  await killed;
  expect(errors).toEqual([unwritable, unwritable]);
  interruption.close();
});

it("does not wait for the grace of a program that was never asked", async () => {
  const hours = 3_600_000;
  const interruption = new Interruption({ graceMs: hours, onError: () => undefined });
  const { turn } = stubborn();
  const killed = Promise.withResolvers<undefined>();
  const kill = (): Promise<void> => {
    killed.resolve(undefined);
    return Promise.resolve();
  };
  interruption.watch({ ...turn, kill }, "SIGINT");
  interruption.request();
  await killed.promise;
  interruption.close();
});
