import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalDriver } from "../local/local-driver.ts";
import type { Sandbox, SupervisedTurn, TurnEnd, TurnSpec } from "../sandbox-driver.ts";
import { findProcesses, identifyProcess, isRunning, sendSignal } from "./processes.ts";
import { FolderTurn } from "./supervised-turn.ts";
import { markOver, type Claim } from "./turn-folder.ts";

let folder: string;
let driver: LocalDriver;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aod-turn-"));
  driver = new LocalDriver({ folder, hostId: "here", graceMs: 200, abandonAfterMs: 60_000 });
  await driver.warm();
  sandbox = await driver.create({ id: "s", egress: { type: "unrestricted" } });
});

afterAll(async () => {
  driver.close();
  await sandbox.destroy();
  rmSync(folder, { recursive: true });
});

/** Processes are found by it on the whole machine, where another run of these tests may have its own. */
const uniqueId = (): string => `t-${randomUUID()}`;

function spec(script: string, options: Partial<TurnSpec> = {}): TurnSpec {
  const argv = ["bash", "-c", script] as const;
  const env = { PATH: process.env["PATH"] ?? "" };
  return {
    id: uniqueId(),
    argv,
    env,
    stdin: "",
    timeoutMs: 60_000,
    cwd: sandbox.paths.workspace,
    ...options,
  };
}

const never = new AbortController().signal;

interface Collected {
  stdout: Buffer;
  stderr: Buffer;
  end: TurnEnd | undefined;
}

async function collect(turn: SupervisedTurn, onStdout?: (text: string) => unknown): Promise<Collected> {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let end: TurnEnd | undefined;
  for await (const record of turn.records({ offset: 0, signal: never })) {
    if (record.type === "end") end = record.end;
    else {
      parts[record.stream].push(record.bytes);
      if (record.stream === "stdout") await onStdout?.(Buffer.from(record.bytes).toString());
    }
  }
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr), end };
}

/** Processes of this turn that still run. */
const leftOf = (turn: SupervisedTurn): number[] => findProcesses({ marker: `AOD_TURN=${turn.id}` });

function claimOf(turn: SupervisedTurn): Extract<Claim, { kind: "supervisor" }> {
  const root = join(folder, "s");
  const run = readdirSync(root).find((name) => name.startsWith("run-")) ?? "";
  return JSON.parse(readFileSync(join(root, run, turn.id, "1", "claim"), "utf8")) as Extract<
    Claim,
    { kind: "supervisor" }
  >;
}

describe("a supervised turn", () => {
  it("gives the program its input, environment and folder, and keeps both its streams", async () => {
    const turn = await sandbox.startTurn(
      spec('cat; pwd; echo "$GREETING" >/dev/stderr; env | grep -c SECRET_OF_SERVER; exit 5', {
        stdin: "the prompt\n",
        env: { PATH: process.env["PATH"] ?? "", GREETING: "hello" },
      }),
    );
    const { stdout, stderr, end } = await collect(turn);
    expect(stdout.toString()).toBe(`the prompt\n${sandbox.paths.workspace}\n0\n`);
    expect(stderr.toString()).toBe("hello\n");
    expect(end).toEqual({ reason: "exit", code: 5 });
  });

  it("keeps a line of 10 MB whole", async () => {
    const { stdout } = await collect(await sandbox.startTurn(spec("head -c 10485760 /dev/zero | tr '\\0' x; echo")));
    expect(stdout.length).toBe(10 * 1024 * 1024 + 1);
    expect(stdout.subarray(0, -1).every((byte) => byte === 0x78)).toBe(true);
  });

  it("keeps invalid UTF-8 and half a character at the end byte for byte", async () => {
    const { stdout } = await collect(
      await sandbox.startTurn(spec(String.raw`printf 'a\xff\xfeb'; sleep 0.05; printf 'half \xe2\x82'`)),
    );
    expect(stdout).toEqual(Buffer.from([0x61, 0xff, 0xfe, 0x62, ...Buffer.from("half "), 0xe2, 0x82]));
  });

  it("never cuts a character in two records", async () => {
    const turn = await sandbox.startTurn(
      spec(String.raw`printf '\xf0\x9f'; sleep 0.05; printf '\x98'; sleep 0.05; printf '\x80!'`),
    );
    const texts: string[] = [];
    await collect(turn, (text) => texts.push(text));
    expect(texts.join("")).toBe("😀!");
    expect(texts.join("|")).not.toContain("\u{fffd}");
  });

  it("never slows the program down for a reader that is slow or absent", async () => {
    const turn = await sandbox.startTurn(spec("head -c 5000000 /dev/urandom | tee copy; touch done-writing"));
    while (
      !(await sandbox.readFile("/workspace/done-writing").then(
        () => true,
        () => false,
      ))
    );
    const { stdout, end } = await collect(turn);
    const written = await sandbox.readFile("/workspace/copy");
    const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    expect(hash(stdout)).toBe(hash(written));
    expect(end).toEqual({ reason: "exit", code: 0 });
  });

  it("ends what the program leaves behind, in its group, in a session of its own, and deaf to SIGTERM [T4]", async () => {
    const deaf = `bash -c 'trap "" TERM; echo deaf; while :; do sleep 1; done'`;
    const turn = await sandbox.startTurn(
      spec(`sleep 300 & setsid sleep 300 >/dev/null 2>&1 & setsid ${deaf} & sleep 0.2; exit 0`),
    );
    const { end } = await collect(turn);
    expect(end).toEqual({ reason: "exit", code: 0 });
    expect(leftOf(turn)).toEqual([]);
  });

  it("ends the program when its time is up, even one deaf to SIGTERM", async () => {
    const turn = await sandbox.startTurn(
      spec('trap "" TERM; setsid sleep 300 & while :; do sleep 1; done', { timeoutMs: 1_000 }),
    );
    expect((await collect(turn)).end).toEqual({ reason: "timeout" });
    expect(leftOf(turn)).toEqual([]);
  });

  it("is killed with everything it started", async () => {
    const turn = await sandbox.startTurn(spec("setsid sleep 300 & echo on; sleep 300"));
    const collected = collect(turn, () => turn.kill());
    expect((await collected).end).toEqual({ reason: "killed" });
    expect(leftOf(turn)).toEqual([]);
  });

  it("lets the program answer an interrupt", async () => {
    const turn = await sandbox.startTurn(
      spec("trap 'echo stopped; exit 9' INT; echo on; while :; do sleep 0.05; done"),
    );
    const { stdout, end } = await collect(turn, (text) => text === "on\n" && turn.interrupt("SIGINT"));
    expect(stdout.toString()).toBe("on\nstopped\n");
    expect(end).toEqual({ reason: "exit", code: 9 });
  });

  it("says why a program did not start", async () => {
    expect(
      (await collect(await sandbox.startTurn(spec("", { argv: ["no-such-program"], env: { PATH: "/usr/bin:/bin" } }))))
        .end,
    ).toEqual({
      reason: "spawn",
      message: "program not found: no-such-program",
    });
    const { end } = await collect(await sandbox.startTurn(spec("true", { cwd: join(folder, "nowhere") })));
    expect(end).toMatchObject({ reason: "spawn", message: expect.stringContaining("nowhere") as string });
  });

  it("gives the program up when no worker renews", async () => {
    const impatient = new LocalDriver({ folder, hostId: "here", graceMs: 200, abandonAfterMs: 400 });
    const same = await impatient.attach(sandbox.ref);
    const turn = await same!.startTurn(spec("sleep 300"));
    expect((await collect(turn)).end).toEqual({ reason: "abandoned" });
    expect(leftOf(turn)).toEqual([]);
  });

  it("is lost, with nothing left of it, when its supervisor is killed", async () => {
    const turn = await sandbox.startTurn(spec("echo said; setsid sleep 300 & sleep 300"));
    const { stdout, end } = await collect(turn, () => sendSignal(claimOf(turn).supervisor.pid, "SIGKILL"));
    expect(stdout.toString()).toBe("said\n");
    expect(end).toEqual({ reason: "lost" });
    expect(leftOf(turn)).toEqual([]);
  });

  it("goes on at a stored offset without repeating or losing a record", async () => {
    const turn = await sandbox.startTurn(spec("for i in 1 2 3 4 5; do echo $i; sleep 0.03; done"));
    const offsets = [0];
    for await (const record of turn.records({ offset: 0, signal: never })) offsets.push(record.nextOffset);
    for (const [index, offset] of offsets.entries()) {
      const again = await (await driver.attach(sandbox.ref))!.attachTurn(turn.id);
      let text = "";
      if (index === offsets.length - 1) continue;
      for await (const record of again!.records({ offset, signal: never })) {
        if (record.type === "output") text += Buffer.from(record.bytes).toString();
      }
      expect(text.split("\n").filter(Boolean)).toEqual(["1", "2", "3", "4", "5"].slice(index));
    }
  });
});

describe("a turn whose folder takes nothing", () => {
  function brokenTurn(): FolderTurn {
    const broken = mkdtempSync(join(folder, "broken-"));
    writeFileSync(join(broken, "control"), "a file where a folder should be");
    const gone = { pid: 2 ** 22, startTime: "1" };
    return new FolderTurn({ id: "t-broken", folder: broken, marker: `AOD_TURN=${uniqueId()}`, supervisor: gone });
  }

  it("rejects what cannot be said, and never throws at once", async () => {
    const turn = brokenTurn();
    const said = [turn.renew(), turn.interrupt("SIGINT")];
    const results = await Promise.allSettled(said);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("is killed all the same", async () => {
    await expect(brokenTurn().kill()).resolves.toBeUndefined();
  });

  it("is over, and so nothing is said, when the folder is gone", async () => {
    const supervisor = identifyProcess(process.pid);
    const turn = new FolderTurn({
      id: "t",
      folder: join(folder, "nowhere"),
      marker: `AOD_TURN=${uniqueId()}`,
      supervisor,
    });
    await expect(Promise.all([turn.renew(), turn.interrupt("SIGINT"), turn.kill()])).resolves.toBeDefined();
  });
});

describe("starting", () => {
  it("runs a program once, however many start it at the same time [T1]", async () => {
    const other = new LocalDriver({ folder, hostId: "here" });
    const same = await other.attach(sandbox.ref);
    for (let round = 1; round <= 8; round += 1) {
      const once = spec(`echo run >> count-${String(round)}; sleep 0.02`);
      const starters = [sandbox, same!, sandbox, same!];
      const started = await Promise.all(starters.map((starter) => starter.startTurn(once)));
      await Promise.all(started.map((turn) => collect(turn)));
      expect(Buffer.from(await sandbox.readFile(`/workspace/count-${String(round)}`)).toString()).toBe("run\n");
    }
  });

  it("does not run a program again that has ended", async () => {
    const once = spec("echo run >> again");
    await collect(await sandbox.startTurn(once));
    await collect(await sandbox.startTurn(once));
    expect(Buffer.from(await sandbox.readFile("/workspace/again")).toString()).toBe("run\n");
  });

  it("finds no turn that was never started", async () => {
    expect(await sandbox.attachTurn("never")).toBeNull();
  });

  it("starts nothing in a sandbox that was removed and made anew", async () => {
    const old = await driver.create({ id: "renewed", egress: { type: "unrestricted" } });
    await old.destroy();
    const fresh = await driver.create({ id: "renewed", egress: { type: "unrestricted" } });
    const turn = spec("true");
    await expect(old.startTurn(turn)).rejects.toThrow("ENOENT");
    expect(await fresh.attachTurn(turn.id)).toBeNull();
    await fresh.destroy();
  });

  it("leaves a group alone that was given the number of a turn's when that was over", async () => {
    const over = mkdtempSync(join(folder, "over-"));
    // Like a daemon's: who has made the group is gone.
    const leader = spawn("sh", ["-c", "sleep 300 & echo $!"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    for await (const chunk of leader.stdout) if ((text += String(chunk)).endsWith("\n")) break;
    await once(leader, "exit");
    const member = identifyProcess(Number(text));
    writeFileSync(join(over, "program"), JSON.stringify({ pid: leader.pid, startTime: "1" }));
    markOver(over);
    const turn = {
      id: "t-over",
      folder: over,
      marker: `AOD_TURN=${uniqueId()}`,
      supervisor: identifyProcess(process.pid),
    };
    await new FolderTurn(turn).kill();
    expect(isRunning(member)).toBe(true);
    sendSignal(member.pid, "SIGKILL");
  });

  it("leaves a supervisor alone that went on after another process removed the turn", async () => {
    const busy = spawn("sleep", ["300"], { stdio: "ignore" });
    try {
      const supervisor = identifyProcess(busy.pid!);
      const removed = {
        id: "t-removed",
        folder: join(folder, "removed"),
        marker: `AOD_TURN=${uniqueId()}`,
        supervisor,
      };
      await new FolderTurn(removed).kill();
      expect(isRunning(supervisor)).toBe(true);
    } finally {
      busy.kill("SIGKILL");
    }
  });

  it("keeps the program's environment out of every command line and file", async () => {
    const secret = "very-secret-value";
    const turn = await sandbox.startTurn(
      spec("echo on; sleep 300", { env: { PATH: process.env["PATH"] ?? "", KEY: secret } }),
    );
    await collect(turn, async () => {
      const { pid } = claimOf(turn).supervisor;
      expect(readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")).not.toContain(secret);
      expect(readFileSync(`/proc/${String(pid)}/environ`, "utf8")).not.toContain(secret);
      const grep = spawn("grep", ["-rl", secret, folder]);
      const code = await new Promise((resolve) => grep.once("exit", resolve));
      expect(code).toBe(1);
      await turn.kill();
    });
  });
});
