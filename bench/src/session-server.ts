// A server in a process of its own, for a benchmark to talk to. Says where it is as one line of JSON; ends with its input.
import { readEnv, startServer } from "@aod/server";

const server = await startServer(readEnv());
console.log(JSON.stringify({ url: server.url, token: server.firstKey?.key }));
process.stdin.once("end", () => void server.close().then(() => process.exit(0))).resume();
