// A stdio MCP server with one tool, run by the agent CLIs under test: plain Node, no dependency.
import { createInterface } from "node:readline";

const tool = {
  name: "add",
  description: "Adds two numbers",
  inputSchema: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
};

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly arguments?: { readonly a: number; readonly b: number };
  };
}

function answer({ method, params }: Request): object {
  if (method === "initialize") {
    const serverInfo = { name: "demo", version: "1.0.0" };
    return { protocolVersion: params?.protocolVersion ?? "2025-06-18", capabilities: { tools: {} }, serverInfo };
  }
  if (method === "tools/list") return { tools: [tool] };
  if (method === "tools/call") {
    const { a = 0, b = 0 } = params?.arguments ?? {};
    return { content: [{ type: "text", text: `${process.env.MCP_GREETING ?? "no greeting"}: the sum is ${a + b}` }] };
  }
  return {};
}

// Lines end at \n alone: readline of Node also splits at U+2028, which no request here holds.
createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line) as Request;
  if (request.id === undefined) return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: request.id, result: answer(request) })}\n`);
});
