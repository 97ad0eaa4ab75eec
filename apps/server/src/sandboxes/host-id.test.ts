import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "../env.ts";
import { readHostId } from "./host-id.ts";

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "aod-host-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test("the name of a machine is made in a new data directory and stays", async () => {
  const dataDir = join(await temporaryDirectory(), "new");
  expect(readHostId(dataDir)).toMatch(/^[0-9a-f-]{36}$/);
  expect(readHostId(dataDir)).toBe(readHostId(dataDir));
});

test.each(["", "\n", "not a name", "00000000-0000-4000-8000"])(
  "a file that holds %j is refused and kept",
  async (text) => {
    const dataDir = await temporaryDirectory();
    const file = join(dataDir, "host-id");
    await writeFile(file, text);
    expect(() => readHostId(dataDir)).toThrow(ConfigError);
    expect(() => readHostId(dataDir)).toThrow(`The file ${file} does not hold a UUID. Put back the right one`);
    expect(await readFile(file, "utf8")).toBe(text);
  },
);
