export { hangUp, json, silence, startServer } from "@aod/testing/http-server";
