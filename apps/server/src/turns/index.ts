export { createTurnQueue, type OpenTurnQueue } from "./pg-boss-queue.ts";
export { createSessionControl, type SessionControlOptions } from "./session-control.ts";
export type { SessionControl, TurnQueue } from "./turn-queue.ts";
export { startWorker, type RunningWorker, type WorkerTimes } from "./worker.ts";
export type { WorkerServices } from "./turn-run.ts";
