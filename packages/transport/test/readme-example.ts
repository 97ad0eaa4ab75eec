import { AodHttpError, bearerAuth, createIdempotencyKey, createTransport, pathOf } from "@aod/transport";

const transport = createTransport({
  baseUrl: process.env["AOD_API_URL"] ?? "http://localhost:8777",
  auth: bearerAuth(process.env["AOD_API_TOKEN"] ?? "aod_..."),
  timeoutMs: 10_000,
  hooks: { onRetry: ({ attempt, error }) => process.stderr.write(`attempt ${attempt} failed: ${error.message}\n`) },
});

const { status } = await transport.request({
  method: "POST",
  path: "/agents",
  body: { name: "hello", runtime: "command" },
  idempotencyKey: createIdempotencyKey(), // makes the POST safe to repeat
});
process.stdout.write(`created: ${status}\n`);

try {
  await transport.request({ method: "GET", path: pathOf`/agents/${"a/b"}` });
} catch (error) {
  if (!AodHttpError.isInstance(error)) throw error;
  process.stdout.write(`${error.method} ${error.url}: ${error.status}\n`);
}
await transport.close();
