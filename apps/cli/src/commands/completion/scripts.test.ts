import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { notRunBanner } from "@aod/testing/not-run";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellTests, isInstalled } from "../../../test/support/shells.ts";
import { completionScript } from "./scripts.ts";
import type { Shell } from "./scripts.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aod-completion-"));
  await mkdir(join(folder, "home"));
  await writeFile(join(folder, "alpha.yaml"), "");
  // Stands for the program: answers as it does, files where a file is asked for.
  await writeFile(
    join(folder, "aod"),
    `#!/bin/sh
case "$*" in
  "__complete -- se") printf 'serve\tStart a server\nsessions\tList\n' ;;
  "__complete -- apply --file "*) printf ':files\t\n' ;;
esac
`,
    { mode: 0o755 },
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** What a shell prints that has the script, as the file `_aod`, in the current folder. */
async function runShell(shell: Shell, code: string): Promise<string> {
  await writeFile(join(folder, "_aod"), completionScript(shell));
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: join(folder, "home"), LANG: "C.UTF-8" };
  const noStartupFiles = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] }[shell];
  const { stdout } = await promisify(execFile)(shell, [...noStartupFiles, "-c", code], { cwd: folder, env });
  return stdout;
}

test("bash completes what the program says, and files where it says so", async () => {
  const ask = (words: string) =>
    `compopt() { echo "compopt $*"; }; source ./_aod; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _aod; printf '%s,' "\${COMPREPLY[@]}"`;
  expect(await runShell("bash", ask("aod se"))).toBe("serve,sessions,");
  expect(await runShell("bash", ask("aod apply --file al"))).toBe("compopt -o default\n,");
});

describe("zsh", () => {
  if (!isInstalled("zsh")) {
    test(shellTests.zsh.suite, () => void process.stderr.write(notRunBanner([shellTests.zsh])));
    return;
  }
  // What the completion system of an interactive shell provides.
  const system = `_describe() { print -l "\${candidates[@]}"; }; _files() { print files; }; compdef() { print "compdef $*"; };`;
  const ask = (words: string) => `words=(${words}); CURRENT=\${#words};`;

  test("completes at the first key press when it loads the file by itself", async () => {
    const load = "fpath=(. $fpath); autoload -Uz _aod;";
    expect(await runShell("zsh", `${system} ${load} ${ask("aod se")} _aod; _aod`)).toBe(
      "serve:Start a server\nsessions:List\n".repeat(2),
    );
    expect(await runShell("zsh", `${system} ${load} ${ask("aod apply --file al")} _aod`)).toBe("files\n");
  });

  test("registers the function when the script is sourced", async () => {
    expect(await runShell("zsh", `${system} source ./_aod`)).toBe("compdef _aod aod\n");
  });
});

describe("fish", () => {
  if (!isInstalled("fish")) {
    test(shellTests.fish.suite, () => void process.stderr.write(notRunBanner([shellTests.fish])));
    return;
  }

  test("completes what the program says, and files where it says so", async () => {
    const ask = (line: string) => `source ./_aod; complete -C '${line}'`;
    expect(await runShell("fish", ask("aod se"))).toBe("serve\tStart a server\nsessions\tList\n");
    expect(await runShell("fish", ask("aod apply --file al"))).toBe("alpha.yaml\n");
  });
});
