import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-login-"));
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, "credentials.json");
const saved = async () => JSON.parse(await readFile(path(), "utf8")) as unknown;
const answers = { "GET /agents": { json: { data: [] } } };
const aod = (argv: readonly string[], io: Parameters<typeof runCommand>[1] = {}) =>
  runCommand(argv, { ...io, env: { AOD_CONFIG_DIR: folder, ...io.env } });

test("asks for the key, tries it, saves it for its owner alone, and uses it from then on", async () => {
  await using server = await startScriptedServer(answers);
  const questions: string[] = [];
  const { code, stdout, stderr } = await aod(["login", "--url", server.url, "--profile", "work"], {
    readSecret: (question) => {
      questions.push(question);
      return Promise.resolve(" aod_typed ");
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(questions).toEqual([`API key for ${server.url}: `]);
  expect(stdout).not.toContain("aod_typed");
  expect(await saved()).toEqual({ current: "work", profiles: { work: { url: server.url, token: "aod_typed" } } });
  expect((await stat(path())).mode & 0o777).toBe(0o600);
  await aod(["agents", "list"]);
  expect(server.seen.map(({ authorization }) => authorization)).toEqual(["Bearer aod_typed", "Bearer aod_typed"]);
});

test("takes the key from a pipe or a file, and keeps other profiles", async () => {
  await using server = await startScriptedServer(answers);
  await writeFile(path(), JSON.stringify({ profiles: { default: { url: server.url, token: "aod_old" } }, more: 1 }), {
    mode: 0o600,
  });
  await writeFile(join(folder, "key"), "aod_file\n");
  await aod(["login", "--profile", "a", "--url", server.url], { readStdin: () => Promise.resolve("aod_piped\n") });
  // The address of a profile that is there need not be given again.
  await aod(["login", "--profile", "a", "--token-file", join(folder, "key")]);
  expect(await saved()).toEqual({
    current: "a",
    profiles: { default: { url: server.url, token: "aod_old" }, a: { url: server.url, token: "aod_file" } },
    more: 1,
  });
});

test("saves nothing when the server refuses the key, or there is none", async () => {
  await using server = await startScriptedServer({
    "GET /agents": { status: 401, json: { detail: "Invalid API key" } },
  });
  const refused = await aod(["login", "--url", server.url], { readSecret: () => Promise.resolve("aod_wrong") });
  expect(refused.code).toBe(1);
  expect(refused.stderr).not.toContain("aod_wrong");
  const none = await aod(["login", "--url", server.url]);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("There is no key.") as string });
  await expect(saved()).rejects.toThrow("ENOENT");
});

test("says that a variable still wins over what was saved", async () => {
  await using server = await startScriptedServer(answers);
  const { stderr } = await aod(["login", "--url", server.url], {
    env: { AOD_API_TOKEN: "aod_other" },
    readSecret: () => Promise.resolve("aod_typed"),
  });
  expect(stderr).toBe("warning: AOD_API_TOKEN in your environment still wins. Unset it, or give --profile default.\n");
});
