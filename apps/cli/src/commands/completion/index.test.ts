import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommand } from "../../../test/support/run-command.ts";
import { startScriptedServer } from "../../../test/support/scripted-server.ts";

// A busy machine may need longer for an answer than a key press is let wait.
beforeEach(() => {
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const agents = [
  { id: "a1", name: "hello" },
  { id: "a2", name: "two words" },
];
const sessions = [{ id: "3f2a", status: "running", runtime: "claude" }];

async function complete(...words: string[]): Promise<string[]> {
  await using server = await startScriptedServer({
    "GET /agents": { json: { data: agents } },
    "GET /sessions": { json: { data: sessions } },
  });
  const { stdout } = await runCommand(["__complete", "--", ...words], {
    env: { AOD_API_URL: server.url, AOD_API_TOKEN: "aod_test" },
  });
  return stdout.split("\n").slice(0, -1);
}
const values = async (...words: string[]) => (await complete(...words)).map((line) => line.split("\t")[0]);

test.each<[words: string[], expected: string[]]>([
  [["ser"], ["serve"]],
  [["se"], ["sessions", "serve"]],
  [["sessions", "st"], ["stream"]],
  [["envs", "arch"], ["archive"]],
  [["run", "--ra"], ["--raw"]],
  [
    ["run", "--runtime", "c"],
    ["claude", "codex", "command"],
  ],
  [["run", "--runtime", "claude", "--json", "--qui"], ["--quiet"]],
  [
    ["agents", "get", ""],
    ["hello", "a2"],
  ],
  [["sessions", "create", "--agent", "h"], ["hello"]],
  [["attach", "3"], ["3f2a"]],
  [["wait", "3f2a", ""], ["3f2a"]],
  [["sessions", "list", "--status", "t"], ["terminated"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["apply", "--file", ""], [":files"]],
  [["run", "hel"], []],
  [["nonsense", ""], []],
  [["__"], []],
])("aod %j", async (words, expected) => {
  expect(await values(...words)).toEqual(expected);
});

test("says what candidates mean", async () => {
  expect(await complete("attach", "")).toEqual(["3f2a\trunning, claude"]);
  expect(await complete("ap")).toEqual([expect.stringMatching(/^apply\tMake agents/)]);
});

test("stays silent where no server answers", async () => {
  const { code, stdout, stderr } = await runCommand(["__complete", "--", "attach", ""], {
    env: { AOD_API_URL: "http://127.0.0.1:1", AOD_API_TOKEN: "aod_test" },
  });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
});
