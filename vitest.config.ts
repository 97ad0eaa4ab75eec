import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "tests"],
    // Most tests wait for other processes: one file for each core, where Vitest would keep one core free.
    maxWorkers: availableParallelism(),
  },
});
