import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Sandbox, SupervisedTurn } from "../sandbox-driver.ts";
import { findProcesses } from "../supervisor/processes.ts";
import { SandboxEscapeError } from "./contained-files.ts";
import { LocalDriver, UnsupportedSandboxError } from "./local-driver.ts";
import { ExecTimeoutError } from "./run-to-end.ts";

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let driver: LocalDriver;
let sandbox: Sandbox;
const env = { PATH: process.env["PATH"] ?? "" };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aod-local-"));
  driver = new LocalDriver({ folder: join(folder, "sandboxes"), hostId: "here" });
  sandbox = await driver.create({ id: "one", egress: { type: "unrestricted" } });
});

afterAll(async () => {
  await sandbox.destroy();
  rmSync(folder, { recursive: true });
});

/** What finds every process of a sandbox. */
function marked(id: string): string {
  const names = readdirSync(join(folder, "sandboxes", id));
  return `AOD_SANDBOX=${String(names.find((name) => name.startsWith("run-")))}`;
}

/** Starts a turn and waits for it to say that it runs. */
async function startSleeper(place: Sandbox, script: string): Promise<SupervisedTurn> {
  const turn = await place.startTurn({
    id: randomUUID(),
    argv: ["bash", "-c", `${script} echo on; sleep 300`],
    env,
    stdin: "",
    timeoutMs: 60_000,
    cwd: place.paths.workspace,
  });
  for await (const record of turn.records({ offset: 0, signal: new AbortController().signal })) {
    if (record.type === "output") break;
  }
  return turn;
}

describe("paths", () => {
  it("maps the paths of the wire into the sandbox, and nothing out of it", () => {
    const root = join(folder, "sandboxes", "one");
    expect(
      [
        "/workspace",
        "/workspace/a/b",
        "/home/sprite/.claude.json",
        "/home/sprite",
        "/tmp/aod-env",
        "/srv/repo",
        "/workspace/../../../etc/passwd",
        "relative/file",
        "../../etc/passwd",
        "/workspaces",
        "/home/spriteful",
        join(root, "workspace", "again"),
      ].map((path) => sandbox.resolve(path).slice(root.length)),
    ).toEqual([
      "/workspace",
      "/workspace/a/b",
      "/home/.claude.json",
      "/home",
      "/tmp/aod-env",
      "/root/srv/repo",
      "/root/etc/passwd",
      "/workspace/relative/file",
      "/workspace/etc/passwd",
      "/root/workspaces",
      "/root/home/spriteful",
      "/workspace/again",
    ]);
  });
});

describe("files", () => {
  it("writes what it reads, private unless said otherwise", async () => {
    await sandbox.writeFile("/home/sprite/deep/er/file", "first, and longer");
    await sandbox.writeFile("/home/sprite/deep/er/file", "content");
    expect(Buffer.from(await sandbox.readFile("/home/sprite/deep/er/file")).toString()).toBe("content");
    const { stdout } = await sandbox.exec({
      argv: ["stat", "-c", "%a", sandbox.resolve("/home/sprite/deep/er/file")],
      env,
    });
    expect(stdout).toBe("600\n");
  });

  it("refuses to write or read through a symbolic link out of the sandbox", async () => {
    writeFileSync(join(folder, "outside"), "untouched");
    const workspace = sandbox.paths.workspace;
    symlinkSync(join(folder, "outside"), join(workspace, "link"));
    symlinkSync(folder, join(workspace, "links"));
    symlinkSync(join(folder, "not-there"), join(workspace, "dangling"));
    for (const path of [
      "/workspace/link",
      "/workspace/links/outside",
      "/workspace/links/new/file",
      "/workspace/dangling",
    ]) {
      await expect(sandbox.writeFile(path, "changed"), path).rejects.toThrow(SandboxEscapeError);
    }
    for (const path of ["/workspace/link", "/workspace/links/outside"]) {
      await expect(sandbox.readFile(path), path).rejects.toThrow(SandboxEscapeError);
    }
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("untouched");
  });

  it("follows a symbolic link that stays inside", async () => {
    mkdirSync(join(sandbox.paths.workspace, "real"));
    symlinkSync("real", join(sandbox.paths.workspace, "alias"));
    await sandbox.writeFile("/workspace/alias/file", "inside");
    expect(Buffer.from(await sandbox.readFile("/workspace/real/file")).toString()).toBe("inside");
  });
});

describe("exec", () => {
  it("collects output, exit code and signal, and gives the input", async () => {
    const argv = ["bash", "-c", "cat; echo err >/dev/stderr; exit 3"] as const;
    expect(await sandbox.exec({ argv, env, stdin: "in" })).toEqual({
      exitCode: 3,
      signal: null,
      stdout: "in",
      stderr: "err\n",
    });
    expect(await sandbox.exec({ argv: ["bash", "-c", "kill -9 $$"], env })).toMatchObject({
      exitCode: null,
      signal: "SIGKILL",
    });
  });

  it("keeps the beginning and the end of much output", async () => {
    const { stdout } = await sandbox.exec({
      argv: ["bash", "-c", "echo first; yes | head -c 3000000; echo last"],
      env,
    });
    expect(stdout.length).toBeLessThan(300_000);
    expect(stdout.startsWith("first\n") && stdout.endsWith("last\n")).toBe(true);
    expect(stdout).toContain("bytes left out");
  });

  it("ends the whole group when time is up, and what is left of it when the program is done", async () => {
    const hang = sandbox.exec({ argv: ["bash", "-c", "setsid sleep 300 & sleep 300"], env, timeoutMs: 100 });
    await expect(hang).rejects.toThrow(ExecTimeoutError);
    await sandbox.exec({ argv: ["bash", "-c", "setsid sleep 300 >/dev/null 2>&1 & exit 0"], env });
    expect(findProcesses({ marker: marked("one") })).toEqual([]);
  });

  it("ends when its caller gives up", async () => {
    const caller = new AbortController();
    const hang = sandbox.exec({ argv: ["sleep", "300"], env, signal: caller.signal });
    caller.abort(new Error("not wanted"));
    await expect(hang).rejects.toThrow("not wanted");
  });
});

describe("sandboxes", () => {
  it("refuses an egress policy it cannot enforce and says what to do", async () => {
    const create = driver.create({ id: "two", egress: { type: "limited", allowedHosts: ["example.com"] } });
    await expect(create).rejects.toThrow(UnsupportedSandboxError);
    await expect(create).rejects.toThrow("networking.type 'unrestricted'");
  });

  it("gives the same sandbox for the same id, and finds it again by its reference", async () => {
    await sandbox.writeFile("/workspace/mark", "same");
    const again = await driver.create({ id: "one", egress: { type: "unrestricted" } });
    expect(again.ref).toBe(sandbox.ref);
    const attached = await driver.attach(sandbox.ref);
    expect(Buffer.from((await attached?.readFile("/workspace/mark")) ?? []).toString()).toBe("same");
    expect(await driver.list()).toEqual([sandbox.ref]);
  });

  it("knows which sandboxes are not on this machine", async () => {
    expect(driver.reaches("elsewhere:one")).toBe(false);
    expect(await driver.attach("elsewhere:one")).toBeNull();
  });

  it("ends everything in it when it is removed, children without environment too", async () => {
    const gone = await driver.create({ id: "gone", egress: { type: "unrestricted" } });
    await startSleeper(gone, "env -i setsid sleep 300 & setsid sleep 300 &");
    const marker = marked("gone");
    await gone.destroy();
    expect(findProcesses({ marker, folder: join(folder, "sandboxes") })).toEqual([]);
    expect(await driver.attach(gone.ref)).toBeNull();
  });

  it("leaves alone what was made in its place when it is removed too late", async () => {
    const early = await driver.create({ id: "again", egress: { type: "unrestricted" } });
    await (await driver.attach(early.ref))?.destroy();
    const late = await driver.create({ id: "again", egress: { type: "unrestricted" } });
    const turn = await startSleeper(late, "touch kept;");
    const running = findProcesses({ marker: marked("again") });
    await early.destroy();
    expect(findProcesses({ marker: marked("again") })).toEqual(running);
    expect(Buffer.from(await late.readFile("/workspace/kept")).toString()).toBe("");
    await turn.kill();
    await late.destroy();
    expect(await driver.list()).not.toContain(late.ref);
  });

  it("ends at the next start what a removal left that a crash interrupted", async () => {
    const half = await driver.create({ id: "half", egress: { type: "unrestricted" } });
    await startSleeper(half, "setsid sleep 300 &");
    const marker = marked("half");
    const gone = join(folder, "sandboxes", ".gone-half");
    renameSync(join(folder, "sandboxes", "half"), gone);
    expect(findProcesses({ marker })).not.toEqual([]);
    const next = new LocalDriver({ folder: join(folder, "sandboxes"), hostId: "here" });
    await next.warm();
    next.close();
    expect(findProcesses({ marker })).toEqual([]);
    expect(readdirSync(join(folder, "sandboxes"))).not.toContain(".gone-half");
  });

  it("starts all the same when such a removal fails again", async () => {
    const other = new LocalDriver({ folder: join(folder, "others"), hostId: "here" });
    const left = join(folder, "others", ".gone-1");
    await other.create({ id: "two", egress: { type: "unrestricted" } });
    // A file where a folder should be: anything else can be removed by root.
    writeFileSync(left, "");
    await other.warm();
    other.close();
    expect(await other.list()).toEqual(["here:two"]);
  });

  it("removes folders that a program made read-only", async () => {
    const stubborn = await driver.create({ id: "stubborn", egress: { type: "unrestricted" } });
    await stubborn.exec({ argv: ["bash", "-c", "mkdir -p a/b && touch a/b/c && chmod -R a-w a"], env });
    await stubborn.destroy();
    expect(await driver.list()).not.toContain(stubborn.ref);
  });

  it("passes its probe where folder and bash are there", async () => {
    expect(await driver.probe()).toEqual({ ok: true, missing: [] });
  });

  it("says what to fix when its folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const probe = await new LocalDriver({ folder: join(folder, "file", "sandboxes"), hostId: "here" }).probe();
    expect(probe.missing[0]?.fix).toContain("AOD_DATA_DIR");
  });
});
