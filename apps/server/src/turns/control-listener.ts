import pg from "pg";
import { controlChannel, type ControlMessage } from "./session-control.ts";

const reconnectMs = 500;

export interface ControlListenerOptions {
  readonly connectionString: string;
  readonly onMessage: (message: ControlMessage) => void;
  readonly onError: (error: unknown) => void;
}

/** Hears which sessions are over, or to be interrupted. What it misses while the connection is gone, beats and sweeps find. */
export class ControlListener implements AsyncDisposable {
  readonly #options: ControlListenerOptions;
  #client: pg.Client | undefined;
  #reconnect: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ControlListenerOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { connectionString, onMessage, onError } = this.#options;
    const client = new pg.Client({ connectionString, application_name: "aod control" });
    client.on("error", onError);
    client.once("end", () => this.#scheduleReconnect());
    client.on("notification", ({ payload }) => {
      onMessage(JSON.parse(payload ?? "") as ControlMessage);
    });
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${controlChannel}`);
    } catch (error) {
      onError(error);
      await client.end().catch(onError);
      this.#scheduleReconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#reconnect);
    await this.#client?.end().catch(this.#options.onError);
  }

  #scheduleReconnect(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => void this.open(), reconnectMs);
    this.#reconnect.unref();
  }
}
