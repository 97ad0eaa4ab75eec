/** An agent as `aod run --runtime command` makes it and finds it again. */
export const runAgent = {
  id: "a0000000-0000-4000-8000-000000000001",
  name: "command",
  runtime: "command",
  model: "command",
  system: null,
  metadata: { made_by: "aod run" },
  version: 1,
};
