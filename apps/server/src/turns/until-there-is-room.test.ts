import { expect, test, vi } from "vitest";
import { TurnFailure } from "./turn-failure.ts";
import { untilThereIsRoom } from "./until-there-is-room.ts";

const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
const never = new AbortController().signal;

test("starts once there is room, and tells of the wait once", async () => {
  const start = vi
    .fn(() => Promise.resolve("started"))
    .mockRejectedValueOnce(full)
    .mockRejectedValueOnce(full);
  const onFull = vi.fn();
  expect(await untilThereIsRoom(start, { limitMs: 60_000, signal: never, onFull })).toBe("started");
  expect(onFull.mock.calls).toEqual([[full]]);
});

test("gives up when the turn's time is over", async () => {
  const start = () => Promise.reject(full);
  const gaveUp = untilThereIsRoom(start, { limitMs: 0, signal: never, onFull: () => undefined });
  await expect(gaveUp).rejects.toThrow(new TurnFailure("The disk was full until the turn's time was over"));
});

test("stops waiting with the signal's reason", async () => {
  const stop = new AbortController();
  const reason = new Error("interrupted");
  const onFull = () => stop.abort(reason);
  const stopped = untilThereIsRoom(() => Promise.reject(full), { limitMs: 60_000, signal: stop.signal, onFull });
  await expect(stopped).rejects.toBe(reason);
});

test("is not patient with anything else", async () => {
  const other = Object.assign(new Error("denied"), { code: "EACCES" });
  const onFull = vi.fn();
  await expect(untilThereIsRoom(() => Promise.reject(other), { limitMs: 60_000, signal: never, onFull })).rejects.toBe(
    other,
  );
  expect(onFull).not.toHaveBeenCalled();
});
