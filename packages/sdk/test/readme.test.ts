import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { recordSession } from "./support/frames.ts";
import { events, json, startServer } from "./support/http-server.ts";
import { agent, createAck } from "./support/payloads.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(read("../README.md"))?.[1]).toBe(read("./readme-example.ts"));
  const server = await startServer(
    json(201, agent),
    json(202, createAck),
    events(recordSession([["now\n", "done\n"]]).from()),
  );
  vi.stubEnv("AOD_API_URL", server.url);
  vi.stubEnv("AOD_API_TOKEN", "aod_test");
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await import("./readme-example.ts");
    expect(write.mock.calls.map(([text]) => text)).toEqual(["now\n", "done\n", "exit 0\n"]);
  } finally {
    write.mockRestore();
    vi.unstubAllEnvs();
  }
});
