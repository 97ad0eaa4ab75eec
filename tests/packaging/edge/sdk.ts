// Runs in workerd from the packed tarball, against a real server: an agent, a session, its stream to the end, an error.
import { Client, NotFoundError } from "@aod/sdk";

interface Settings {
  readonly AOD_API_URL: string;
  readonly AOD_API_TOKEN: string;
}

const worker = {
  async test(_controller: unknown, env: Settings): Promise<void> {
    await using client = new Client({ baseUrl: env.AOD_API_URL, token: env.AOD_API_TOKEN });
    const agent = await client.agents.create({ name: "edge", model: "command", runtime: "command" });
    const session = await client.sessions.create({ agentId: agent.id, prompt: "echo from the edge" });
    let text = "";
    let last = "";
    for await (const event of client.sessions.stream(session.id)) {
      if (event.type === "output") text += event.data;
      last = event.type;
    }
    if (text !== "from the edge\n" || last !== "exit") throw new Error(`read ${JSON.stringify({ text, last })}`);
    const error = await client.agents.get(crypto.randomUUID()).catch((reason: unknown) => reason);
    if (!NotFoundError.isInstance(error)) throw new Error(`expected a NotFoundError, got ${String(error)}`);
  },
};

export { worker as default };
