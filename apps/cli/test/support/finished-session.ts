// A session of claude with two turns, as a scripted server shows it.
export const id = "50000000-0000-4000-8000-000000000001";
/** Of another session. */
export const other = "50000000-0000-4000-8000-000000000002";
/** As the server answers it. */
export const session = {
  id,
  agent_id: "a0000000-0000-4000-8000-000000000001",
  environment_id: null,
  runtime: "claude",
  provider: "anthropic",
  status: "completed",
  exit_code: 0,
  created_at: "2026-11-23T11:00:00.000000+00:00",
  updated_at: "2026-11-23T11:00:00.000000+00:00",
  resources: [],
  turn_count: 2,
  current_turn: 2,
};
const line = (value: object) => `${JSON.stringify(value)}\n`;
const said = (text: string) =>
  line({ type: "assistant", message: { id: `m-${text}`, role: "assistant", content: [{ type: "text", text }] } });
const done = (text: string, cost: number) =>
  line({
    type: "result",
    subtype: "success",
    is_error: false,
    result: text,
    duration_ms: 1200,
    num_turns: 1,
    model_usage_since_last_result: { sonnet: { inputTokens: 1200, outputTokens: 34, costUSD: cost } },
  });
const output = (id: number, turn: number, data: string) => ({ type: "output", id, stream: "stdout", data, turn });
/** The first event of each stream. */
export const start = { type: "start", runtime: "claude", provider: "anthropic", session_id: id };
/** What claude wrote in two turns, and the preparation before. */
export const events = [
  start,
  { type: "stage", id: 1, stage: "install_runtime", state: "started" },
  { type: "stage", id: 2, stage: "install_runtime", state: "done", duration_ms: 3210 },
  { type: "stage", id: 3, stage: "env_file", state: "done", duration_ms: 12 },
  { type: "turn_start", id: 4, turn: 1 },
  output(4, 1, said("First answer.") + done("First answer.", 0.01)),
  { type: "turn_start", id: 5, turn: 2 },
  output(5, 2, said("Second \u001b[31manswer.").slice(0, 40)),
  output(6, 2, said("Second \u001b[31manswer.").slice(40) + done("Second answer.", 0.0234)),
  { type: "exit", id: 7, code: 0 },
];
const turn = (number: number, prompt: string) => ({
  turn_number: number,
  prompt,
  status: "completed",
  exit_code: 0,
  created_at: session.created_at,
  started_at: session.created_at,
  ended_at: session.updated_at,
});
/** The variables that name a server. */
export const env = (url: string) => ({ AOD_API_URL: url, AOD_API_TOKEN: "aod_test" });
/** What a server with this session answers. */
export const answers = {
  [`GET /sessions/${id}`]: { json: session },
  [`GET /sessions/${id}/stream`]: { events },
  [`GET /sessions/${id}/turns`]: { json: { data: [turn(1, "Begin."), turn(2, "Go\non.")] } },
};
