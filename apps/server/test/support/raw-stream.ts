import { get } from "node:http";
import type { IncomingMessage } from "node:http";

/** A reader of an event stream that keeps every byte. */
export interface RawStream {
  readonly response: IncomingMessage;
  /** What came so far. */
  text(): string;
  /** Resolves when `expected` came. Rejects when the stream ends without it. */
  until(expected: string | RegExp): Promise<string>;
  /** Resolves with all text when the server has ended the stream, or broken it off. */
  readonly ended: Promise<string>;
  close(): void;
}

export async function openRawStream(url: string, headers: Record<string, string> = {}): Promise<RawStream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, { headers, agent: false }, resolve).on("error", reject),
  );
  let text = "";
  let over = false;
  let wake = Promise.withResolvers<undefined>();
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const changed = () => {
    const last = wake;
    wake = Promise.withResolvers();
    last.resolve(undefined);
  };
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    text += chunk;
    changed();
  });
  response.on("error", () => undefined);
  response.on("close", () => {
    over = true;
    end(text);
    changed();
  });
  return {
    response,
    text: () => text,
    async until(expected) {
      const isThere = () => (typeof expected === "string" ? text.includes(expected) : expected.test(text));
      while (!isThere()) {
        if (over) throw new Error(`The stream ended without ${String(expected)}:\n${text}`);
        await wake.promise;
      }
      return text;
    },
    ended,
    close: () => response.destroy(),
  };
}
