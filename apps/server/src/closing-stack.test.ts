import { expect, test } from "vitest";
import { ClosingStack } from "./closing-stack.ts";

test("closes the last thing first, and goes on when one fails or hangs", async () => {
  const closed: string[] = [];
  const stack = new ClosingStack();
  stack.use("first", { [Symbol.dispose]: () => void closed.push("first") });
  stack.defer("hanging", () => new Promise(() => undefined), 20);
  stack.defer("failing", () => Promise.reject(new Error("it broke")));
  stack.use("last", { [Symbol.asyncDispose]: () => Promise.resolve(void closed.push("last")) });
  await expect(stack.close()).rejects.toThrow("it broke");
  expect(closed).toEqual(["last", "first"]);
  await expect(stack.close()).rejects.toThrow("it broke");
  expect(closed).toHaveLength(2);
});

test("says what did not close in its time", async () => {
  const stack = new ClosingStack();
  stack.defer("the queue", () => new Promise(() => undefined), 20);
  await expect(stack.close()).rejects.toThrow("Closing the queue took longer than 20 ms");
});
