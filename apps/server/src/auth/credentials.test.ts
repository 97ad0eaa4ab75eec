import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTestOwner, createTestStore } from "../../test/support/database.ts";
import { createApiKey } from "./api-keys.ts";
import { refreshCredentials, saveCredentials } from "./credentials.ts";

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "aod-credentials-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** An address where a server answers with this status, until it is closed. */
async function listen(status: number) {
  const server = createServer((_request, response) => response.writeHead(status).end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

test.each([200, 503])(
  "keeps the saved address while a server answers there with %i, then takes the new one",
  async (status) => {
    await using store = await createTestStore();
    const folder = await createFolder();
    const ownerId = await createTestOwner(store);
    const { key } = await createApiKey(store.db, { ownerId, name: "k" });
    const first = await listen(status);
    await saveCredentials(folder, { url: first.url, token: key });
    const savedUrl = async () =>
      (
        JSON.parse(await readFile(join(folder, "credentials.json"), "utf8")) as {
          profiles: { default: { url: string } };
        }
      ).profiles.default.url;
    const url = "http://127.0.0.1:2";
    expect(await refreshCredentials(store.db, folder, url)).toEqual({ savedUrl: first.url, moved: false });
    expect(await savedUrl()).toBe(first.url);
    await first.close();
    expect(await refreshCredentials(store.db, folder, url)).toEqual({ savedUrl: first.url, moved: true });
    expect(await savedUrl()).toBe(url);
    expect(await refreshCredentials(store.db, folder, url)).toBeNull();
  },
);

test("leaves another database's profile alone", async () => {
  await using store = await createTestStore();
  const folder = await createFolder();
  await saveCredentials(folder, { url: "http://127.0.0.1:2", token: "aod_other" });
  expect(await refreshCredentials(store.db, folder, "http://127.0.0.1:3")).toBeNull();
});
