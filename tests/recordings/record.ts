// Writes docs/recordings.md: what the command line shows on a real terminal, with a real claude that talks to a scripted
// model. Run it with `npm run record` in tests; it takes about a minute.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../architecture/workspace.ts";
import type { ModelCall, ModelReply } from "../support/model-endpoint/model-call.ts";
import { startModelEndpoint } from "../support/model-endpoint/model-endpoint.ts";
import { shellCall } from "../support/model-endpoint/tool-calls.ts";
import { networkEnvironment } from "../support/network-environment.ts";
import { startServerProcess } from "../support/server-process.ts";
import { recordAod } from "./terminal.ts";

const manifest = `agents:
  - name: reviewer
    runtime: claude
    model: anthropic/claude-sonnet-4-6
    system: |
      You review changes.
      You are terse.
`;
const slow = "for step in 1 2 3 4 5 6 7 8 9; do echo step $step; sleep 1; done";

/** Looks, writes a file, and answers. */
function play(call: ModelCall): ModelReply {
  if (call.toolResults.length === 0)
    return shellCall(call, "printf 'one\\ntwo\\nthree\\n' > list.txt && ls -l list.txt");
  if (call.toolResults.length === 1) return shellCall(call, "wc -l < list.txt");
  return { text: "I wrote `list.txt`. It has **3** lines." };
}

await using endpoint = await startModelEndpoint();
await using server = await startServerProcess({ env: networkEnvironment() });
const scenario = endpoint.scenario("recording", play);
const env = {
  AOD_API_URL: server.url,
  AOD_API_TOKEN: server.token,
  LANG: "C.UTF-8",
  ANTHROPIC_API_KEY: "sk-scripted",
  ANTHROPIC_BASE_URL: scenario.url,
};
const aod = (...args: string[]) => recordAod(args, env);
const scenes: string[] = [];
const keep = (title: string, ...screens: string[]): void => {
  scenes.push(`## ${title}`, ...screens.map((screen) => `\`\`\`text\n${screen.trimEnd()}\n\`\`\``));
};

const secrets = ["--secret", "ANTHROPIC_API_KEY", "--secret", "ANTHROPIC_BASE_URL"];
const claude = aod("run", ...secrets, "Write three lines to list.txt and count them.");
keep("A turn of claude that uses tools", await claude.screen());

const first = aod("run", "--runtime", "command", slow);
await first.shows("step 2");
const id = /session ([0-9a-f-]{36})/.exec(first.output())?.[1] ?? "";
const second = aod("attach", id);
await second.shows("step 3");
second.type("\u0003");
keep("Ctrl-C in a second terminal that is attached interrupts the turn", await first.screen(), await second.screen());

// It does not stop when it is asked to, so there is time for the second one.
const left = aod("run", "--runtime", "command", `trap : INT TERM; ${slow}`);
await left.shows("step 1");
left.type("\u0003");
await left.shows("Interrupting");
left.type("\u0003");
keep("Ctrl-C twice leaves", await left.screen());

const file = join(server.folder, "agents.yaml");
const applied: string[] = [];
for (const text of [manifest, manifest, manifest.replace("terse", "kind")]) {
  await writeFile(file, text);
  const screen = await aod("apply", "--file", file).screen();
  applied.push(screen.replaceAll(file, "agents.yaml"));
}
keep("The same file applied twice, and once more after an edit", ...applied);

keep("Sessions", await aod("ps", "--all").screen());

const head = `# Recordings

What \`aod\` shows on a terminal of 100 columns, colours left out. Recorded by \`tests/recordings/record.ts\` with the real claude CLI, which talks to a scripted model.`;
await writeFile(join(repositoryRoot, "docs", "recordings.md"), `${[head, ...scenes].join("\n\n")}\n`);
