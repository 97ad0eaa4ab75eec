import { chmod, mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveConnection } from "./config.ts";
import { credentialsPath } from "./credentials.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function save(content: unknown): Promise<void> {
  await writeFile(join(folder, "credentials.json"), typeof content === "string" ? content : JSON.stringify(content), {
    mode: 0o600,
  });
}
const saved = (url: string) => ({ profiles: { default: { url, token: "aod_saved" } } });

describe("where the credentials file is", () => {
  test.each([
    [{ AOD_CONFIG_DIR: "/c", XDG_CONFIG_HOME: "/x", HOME: "/h" }, "/c/credentials.json"],
    [{ XDG_CONFIG_HOME: "/x", HOME: "/h" }, "/x/aod/credentials.json"],
    [{ HOME: "/h" }, "/h/.config/aod/credentials.json"],
  ])("%j", (env, expected) => {
    expect(credentialsPath(env)).toBe(expected);
  });
});

describe("which server and key are used", () => {
  test("flags win over variables, variables over what was saved", async () => {
    await save(saved("http://saved:1"));
    await writeFile(join(folder, "key"), "aod_file\n");
    const env = { AOD_CONFIG_DIR: folder, AOD_API_URL: "http://env:1", AOD_API_TOKEN: "aod_env" };
    const flags = { url: "http://flag:1", tokenFile: join(folder, "key") };
    expect(await resolveConnection(flags, env)).toEqual({
      url: "http://flag:1",
      token: "aod_file",
      keySource: { type: "file", path: flags.tokenFile },
    });
    expect(await resolveConnection({}, env)).toEqual({
      url: "http://env:1",
      token: "aod_env",
      keySource: { type: "variable" },
    });
    expect(await resolveConnection({}, { AOD_CONFIG_DIR: folder })).toEqual({
      url: "http://saved:1",
      token: "aod_saved",
      keySource: { type: "profile", name: "default" },
    });
  });

  test("a saved key is used for another spelling of the same loopback address", async () => {
    await save(saved("http://127.0.0.1:8777"));
    const env = { AOD_CONFIG_DIR: folder, AOD_API_URL: "http://localhost:8777/" };
    expect(await resolveConnection({}, env)).toMatchObject({ url: "http://localhost:8777/", token: "aod_saved" });
  });

  test.each(["http://localhost:8778", "https://localhost:8777", "http://example.com:8777"])(
    "a saved key is never sent to another place: %s",
    async (url) => {
      await save(saved("http://127.0.0.1:8777"));
      await expect(resolveConnection({ url }, { AOD_CONFIG_DIR: folder })).rejects.toThrow(
        `No API key for ${url}: the saved one belongs to http://127.0.0.1:8777.`,
      );
    },
  );

  test("without any key the error says how to get one", async () => {
    await expect(resolveConnection({}, { AOD_CONFIG_DIR: folder })).rejects.toMatchObject({
      message: "No API key found for http://localhost:8777.",
      hint: expect.stringContaining('"aod serve --driver local"') as string,
    });
  });
});

describe("profiles", () => {
  const two = {
    current: "work",
    profiles: {
      default: { url: "http://default:1", token: "aod_default" },
      work: { url: "http://work:1", token: "aod_work" },
    },
  };
  const variables = { AOD_API_URL: "http://env:1", AOD_API_TOKEN: "aod_env" };

  test.each([
    [{}, {}, "http://work:1"],
    [{}, { AOD_PROFILE: "default" }, "http://default:1"],
    [{ profile: "work" }, { AOD_PROFILE: "default" }, "http://work:1"],
    [{ profile: "default" }, variables, "http://default:1"],
    [{}, { AOD_PROFILE: "default", ...variables }, "http://env:1"],
  ])("%j with %j is %s", async (options, env, url) => {
    await save(two);
    expect(await resolveConnection(options, { AOD_CONFIG_DIR: folder, ...env })).toMatchObject({ url });
  });

  test.each([
    [two, "Choose one of: default, work"],
    [null, "Save one with: aod login --profile nope"],
  ])("one that does not exist is misuse", async (content, hint) => {
    if (content) await save(content);
    await expect(resolveConnection({ profile: "nope" }, { AOD_CONFIG_DIR: folder })).rejects.toMatchObject({
      message: 'There is no profile "nope".',
      exitCode: 2,
      hint,
    });
  });
});

describe("what cannot be used", () => {
  test.each([["nonsense"], ["ftp://host"]])("address %s", async (url) => {
    await expect(resolveConnection({ url }, {})).rejects.toThrow("--url is not an http or https address");
  });

  test("an empty or missing key file", async () => {
    await writeFile(join(folder, "key"), "\n");
    await expect(resolveConnection({ tokenFile: join(folder, "key") }, {})).rejects.toThrow("is empty");
    await expect(resolveConnection({ tokenFile: join(folder, "no") }, {})).rejects.toThrow("Cannot read the key file");
  });

  test.each(["{", "null", "[]", '{"profiles":{}}', '{"profiles":{"default":{"url":"http://x"}}}'])(
    "a credentials file with %s",
    async (content) => {
      await save(content);
      await expect(resolveConnection({}, { AOD_CONFIG_DIR: folder })).rejects.toThrow("does not have the form");
    },
  );

  test("a credentials file that is a folder", async () => {
    await mkdir(join(folder, "credentials.json"));
    await expect(resolveConnection({}, { AOD_CONFIG_DIR: folder })).rejects.toThrow("Cannot read");
  });
});

test("warns when others can read the saved key", async () => {
  await save(saved("http://saved:1"));
  // The mode of a new file is cut by the umask.
  await chmod(join(folder, "credentials.json"), 0o644);
  const warnings: string[] = [];
  await resolveConnection({}, { AOD_CONFIG_DIR: folder }, (text) => warnings.push(text));
  expect(warnings).toEqual([expect.stringContaining("chmod 600")]);
});
