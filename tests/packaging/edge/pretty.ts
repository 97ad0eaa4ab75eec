// Runs in workerd from the packed tarball: output that is cut inside a character is decoded and printed.
import { createPrinter } from "@aod/pretty";
import { createDecoder } from "@aod/pretty/decode";

const lines = [
  { type: "assistant", message: { content: [{ type: "text", text: "Grüße 🌍" }] } },
  { type: "result", subtype: "success", is_error: false, result: "Grüße 🌍" },
];
const bytes = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

const worker = {
  test(): void {
    const decoder = createDecoder("claude");
    const events = [...bytes].flatMap((byte) => decoder.write(Uint8Array.of(byte)));
    const result = [...events, ...decoder.end({ exitCode: 0 })].at(-1);
    if (result?.type !== "result" || result.text !== "Grüße 🌍") throw new Error(`decoded ${JSON.stringify(result)}`);
    const printer = createPrinter({ runtime: "claude", theme: { emoji: false } });
    const printed = printer.write(bytes) + printer.end({ exitCode: 0 });
    if (printed !== "Grüße 🌍\n\n✓ Done\n") throw new Error(`printed ${JSON.stringify(printed)}`);
  },
};

export { worker as default };
