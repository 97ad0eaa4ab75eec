import { heldLength, toPrintable, withoutBlankStart } from "./printable.ts";
import { RecentMap } from "./recent-map.ts";
import { maxThinkingWidth } from "./render.ts";
import { cutText, textWidth } from "./text-width.ts";
import { paint, sign } from "./theme.ts";
import type { Theme } from "./theme.ts";
import type { TextEvent } from "./types.ts";

/** How much of a message is remembered, in UTF-16 units, to know it again when it comes whole. */
const maxRemembered = 100_000;
/** White space at the end of a piece that is waited with, because it is left out at the end of a message. */
const maxHeldSpace = 4_096;

/** The start of a message, and how long it is. */
interface Shown {
  start: string;
  length: number;
}

/** Prints pieces of a message or a thought as they come, as one text. */
export class PieceWriter {
  readonly #theme: Theme;
  /** What came of each message, whichever other events came between. */
  #shown = new RecentMap<Shown>(16);
  /** The last piece, and what came of its message so far. */
  #last: TextEvent | undefined;
  #current: Shown = { start: "", length: 0 };
  #held = "";
  /** Columns printed of it; of a message, whether anything was. */
  #width = 0;

  constructor(theme: Theme) {
    this.#theme = theme;
  }

  /** Whether something of the message stands on the line already. */
  isOpen(event: TextEvent): boolean {
    return this.#width > 0 && this.#last !== undefined && isSame(this.#last, event);
  }

  /** Returns what to print of the piece. A piece of another message than before needs `close` first. */
  write(event: TextEvent, indent: string): string {
    if (this.#last === undefined || !isSame(this.#last, event)) {
      const key = keyOf(event);
      this.#current = this.#shown.get(key) ?? { start: "", length: 0 };
      this.#shown.set(key, this.#current);
    }
    this.#last = event;
    const shown = this.#current;
    const total = shown.length + event.text.length;
    if (shown.start.length === shown.length && total <= maxRemembered) shown.start += event.text;
    shown.length = total;
    return event.type === "thinking" ? this.#writeThought(event.text, indent) : this.#writeMessage(event.text, indent);
  }

  /** What the pieces have not shown of a whole message; undefined when there were none of it. Forgets them. */
  missingOf(event: TextEvent): string | undefined {
    if (this.#shown.size === 0) return undefined;
    const key = keyOf(event);
    const shown = this.#shown.get(key);
    this.#shown.delete(key);
    if (this.#current === shown) this.#current = { start: "", length: 0 };
    return shown && event.text.startsWith(shown.start) ? event.text.slice(shown.length) : undefined;
  }

  /** The pieces will come again. */
  forget(): void {
    this.#shown = new RecentMap(16);
    this.#current = { start: "", length: 0 };
  }

  /** Returns what ends the line. */
  close(): string {
    const end = this.#width > 0 ? `${toPrintable(this.#held).trimEnd()}\n` : "";
    this.#last = undefined;
    this.#held = "";
    this.#width = 0;
    return end;
  }

  #writeMessage(text: string, indent: string): string {
    const input = this.#held + text;
    const sure = input.length - heldLength(input);
    const body = toPrintable(input.slice(0, sure));
    const visible = this.#width > 0 ? body : withoutBlankStart(body);
    const trimmed = visible.trimEnd().length;
    const end = visible.length - trimmed > maxHeldSpace ? visible.length : trimmed;
    this.#held = visible.slice(end) + input.slice(sure);
    if (end === 0) return "";
    const start = this.#width > 0 ? "" : indent;
    this.#width = 1;
    const printed = visible.slice(0, end);
    return start + (indent === "" ? printed : printed.replaceAll("\n", `\n${indent}`));
  }

  #writeThought(text: string, indent: string): string {
    if (this.#width >= maxThinkingWidth) return "";
    const input = this.#held + text;
    const sure = input.length - heldLength(input);
    const flat = toPrintable(input.slice(0, sure)).replace(/\s+/g, " ");
    const visible = this.#width > 0 ? flat : flat.trimStart();
    const printed = cutText(visible.trimEnd(), maxThinkingWidth - this.#width);
    this.#held = (visible.endsWith(" ") ? " " : "") + input.slice(sure);
    if (printed === "") return "";
    const start = this.#width > 0 ? "" : `${indent}${sign(this.#theme, "thinking")} `;
    this.#width += printed === visible.trimEnd() ? textWidth(printed) : maxThinkingWidth;
    if (this.#width >= maxThinkingWidth) this.#held = "";
    return start + paint(this.#theme, "dim", printed);
  }
}

/** Also for pieces of a runtime that gives its messages no ids. */
function keyOf(event: TextEvent): string {
  const role = event.type === "message" ? event.role : "";
  return `${event.type} ${role} ${event.parent_id ?? ""} ${event.message_id ?? ""}`;
}

function isSame(a: TextEvent, b: TextEvent): boolean {
  return a.type === b.type && a.message_id === b.message_id && a.parent_id === b.parent_id && a["role"] === b["role"];
}
