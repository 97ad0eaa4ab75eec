import { isObject, toText } from "../json-line.ts";
import type { JsonObject } from "../json-line.ts";

/** The blocks of a message's content, which may also be one plain text. */
export function toBlocks(content: unknown): JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** The text of blocks; others, such as images, stand in it by their type. */
export function textOf(blocks: readonly JsonObject[]): string {
  return blocks.map((block) => toText(block.text) ?? `[${toText(block.type) ?? "unknown"}]`).join("\n");
}
