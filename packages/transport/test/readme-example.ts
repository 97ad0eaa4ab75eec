import { AodHttpError, bearerAuth, createIdempotencyKey, createTransport, pathOf } from "@aod/transport";

export async function createTodo(baseUrl: string, token: string, list: string, title: string): Promise<unknown> {
  const transport = createTransport({ baseUrl, auth: bearerAuth(token), timeoutMs: 10_000 });
  try {
    const { body } = await transport.request({
      method: "POST",
      path: pathOf`/lists/${list}/todos`,
      body: { title },
      idempotencyKey: createIdempotencyKey(), // makes the POST safe to repeat
    });
    return body;
  } catch (error) {
    if (AodHttpError.isInstance(error) && error.status === 409) return null;
    throw error;
  } finally {
    await transport.close();
  }
}
