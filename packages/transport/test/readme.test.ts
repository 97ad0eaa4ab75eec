import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTodo } from "./readme-example.ts";
import { json, startServer } from "./support/http-server.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(read("../README.md"))?.[1]).toBe(read("./readme-example.ts"));
  const server = await startServer(json(503, {}), json(201, { id: 1 }), json(409, { detail: "there already" }));
  expect(await createTodo(server.url, "token", "a/b", "write")).toEqual({ id: 1 });
  expect(await createTodo(server.url, "token", "a/b", "write")).toBeNull();
  expect(server.received[1]).toMatchObject({ url: "/lists/a%2Fb/todos", body: '{"title":"write"}' });
});
