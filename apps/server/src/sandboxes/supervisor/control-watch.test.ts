import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { ControlWatch } from "./control-watch.ts";
import { identifyProcess } from "./processes.ts";
import { FolderTurn } from "./supervised-turn.ts";
import { controlFolder } from "./turn-folder.ts";

test("takes a turn for abandoned when no worker has renewed for a while, and not before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "aod-control-"));
  mkdirSync(join(folder, controlFolder));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });
  const supervisor = identifyProcess(process.pid);
  const turn = new FolderTurn({ id: "t", folder, marker: "AOD_TURN=nobody", supervisor });
  const abandoned = vi.fn();
  const watch = new ControlWatch(folder, 2_000, { kill: () => undefined, interrupt: () => undefined, abandoned });
  onTestFinished(() => watch.close());
  for (let round = 0; round < 5; round += 1) {
    vi.advanceTimersByTime(1_000);
    await turn.renew();
    vi.advanceTimersByTime(500);
    expect(abandoned).not.toHaveBeenCalled();
  }
  vi.advanceTimersByTime(2_500);
  expect(abandoned).toHaveBeenCalled();
});
