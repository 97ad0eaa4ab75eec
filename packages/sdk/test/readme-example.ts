import { Client } from "@aod/sdk";

const client = new Client(); // reads AOD_API_URL and AOD_API_TOKEN

// `command` needs no model and no key: it runs the prompt with bash.
const agent = await client.agents.create({ name: "hello", runtime: "command" });
const session = await client.sessions.create({ agentId: agent.id, prompt: "date; echo done" });

for await (const event of client.sessions.stream(session.id)) {
  if (event.type === "output") process.stdout.write(event.data);
  if (event.type === "exit") process.stdout.write(`exit ${event.code}\n`);
}
await client.close();
