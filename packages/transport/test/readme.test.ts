import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { json, startServer } from "./support/http-server.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README shows the example that runs here", async () => {
  expect(/```ts\n([\s\S]*?)```/.exec(read("../README.md"))?.[1]).toBe(read("./readme-example.ts"));
  const server = await startServer(json(201, {}), json(404, { detail: "Not found" }));
  vi.stubEnv("AOD_API_URL", server.url);
  vi.stubEnv("AOD_API_TOKEN", "aod_test");
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await import("./readme-example.ts");
    const lines = ["created: 201\n", `GET ${server.url}/agents/a%2Fb: 404\n`];
    expect(write.mock.calls.map(([text]) => text)).toEqual(lines);
    expect(server.received[0]).toMatchObject({ method: "POST", headers: { authorization: "Bearer aod_test" } });
  } finally {
    write.mockRestore();
    vi.unstubAllEnvs();
  }
});
