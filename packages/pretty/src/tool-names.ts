import { RecentMap } from "./recent-map.ts";

/** Names of the tools whose result has not come: many runtimes say in a result only which call it belongs to. */
export class ToolNames {
  readonly #names = new RecentMap<string>();

  /** By the id of the call. */
  set(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** The name, when the result comes: a second one does not find it. */
  take(id: string): string | undefined {
    const name = this.#names.get(id);
    this.#names.delete(id);
    return name;
  }
}
