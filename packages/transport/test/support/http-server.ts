export { hangUp, json, silence, startServer, type Answer } from "@aod/testing/http-server";
