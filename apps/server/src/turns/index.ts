export { createTurnQueue } from "./pg-boss-queue.ts";
export { createSessionControl } from "./session-control.ts";
export { startWorker, type RunningWorker, type WorkerTimes } from "./worker.ts";
export type { WorkerServices } from "./turn-run.ts";
