import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-profiles-"));
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, "credentials.json");
const saved = async () => JSON.parse(await readFile(path(), "utf8")) as unknown;
const aod = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(argv, { env: { AOD_CONFIG_DIR: folder, ...env } });

test("lists, chooses and removes profiles", async () => {
  const profiles = {
    default: { url: "http://one:1", token: "aod_1" },
    work: { url: "http://two:2", token: "aod_2" },
  };
  await writeFile(path(), JSON.stringify({ profiles }), { mode: 0o600 });
  expect((await aod(["profiles", "list"])).stdout).toBe(
    "   NAME     URL\n*  default  http://one:1\n   work     http://two:2\n",
  );
  expect((await aod(["profiles", "use", "work"])).stdout).toBe("Profile work is the current one: http://two:2\n");
  expect(JSON.parse((await aod(["profiles", "list", "--json"])).stdout)).toEqual({
    data: [
      { name: "default", url: "http://one:1", current: false },
      { name: "work", url: "http://two:2", current: true },
    ],
  });
  await aod(["profiles", "remove", "work"]);
  expect(await saved()).toEqual({ profiles: { default: profiles.default } });
  expect(await aod(["profiles", "use", "work"])).toMatchObject({ code: 2 });
  await aod(["profiles", "remove", "default"]);
  await expect(saved()).rejects.toThrow("ENOENT");
  expect((await aod(["profiles", "list"])).stdout).toContain("No profiles.");
});

test("says that variables still win over the profile that was chosen", async () => {
  const profiles = { work: { url: "http://two:2", token: "aod_2" } };
  await writeFile(path(), JSON.stringify({ profiles }), { mode: 0o600 });
  const use = async (env: Record<string, string>) => (await aod(["profiles", "use", "work"], env)).stderr;
  expect(await use({ AOD_API_URL: "http://one:1", AOD_API_TOKEN: "aod_1" })).toBe(
    "warning: AOD_API_URL and AOD_API_TOKEN in your environment still win. Unset them, or give --profile work.\n",
  );
  expect(await use({ AOD_PROFILE: "default" })).toContain("AOD_PROFILE in your environment still wins.");
  expect(await use({ AOD_API_URL: "http://two:2/", AOD_API_TOKEN: "aod_2", AOD_PROFILE: "work" })).toBe("");
});

test("suggests the profile that was likely meant", async () => {
  const profiles = { work: { url: "http://two:2", token: "aod_2" } };
  await writeFile(path(), JSON.stringify({ profiles }), { mode: 0o600 });
  const { code, stderr } = await aod(["profiles", "use", "wrk"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'error: There is no profile "wrk".\nDid you mean work?\n' });
});
