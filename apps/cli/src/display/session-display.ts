import type { SessionEvent } from "@aod/sdk";

/** Shows the events of a session to whoever runs the command. */
export interface SessionDisplay extends AsyncDisposable {
  show(event: SessionEvent): Promise<void>;
  /** One line for people about the command itself, on standard error. */
  note(text: string): Promise<void>;
}
