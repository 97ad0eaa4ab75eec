// The OpenAPI document as pages to read and to try: Swagger UI, from this server's own files.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { publicRoute, type PublicRoute } from "./face-route.ts";

/** The browser files: beside the built program, or in the package that the build copies them from. */
function browserFiles(): URL {
  const built = new URL("./reference/", import.meta.url);
  if (existsSync(built)) return built;
  return pathToFileURL(createRequire(import.meta.url).resolve("swagger-ui-dist/swagger-ui-bundle.js"));
}

/** Nothing from elsewhere is loaded, run or asked. Swagger UI sets styles of single elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

// Addresses are relative: behind a proxy the server may stand below a path of its own.
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Agent on Demand: API reference</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="docs/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

const start = `const dark = matchMedia("(prefers-color-scheme: dark)");
const applyScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", applyScheme);
applyScheme();
SwaggerUIBundle({ url: "openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null });
`;

const headersOf = (type: string) => ({
  "content-type": `${type}; charset=utf-8`,
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
});

function fileRoute(name: string, type: string, read: () => Promise<string>): PublicRoute {
  return publicRoute(
    `/docs/${name}`,
    {
      operationId: `get ${name}`,
      summary: "A file of the reference",
      status: 200,
      answer: z.string(),
      isListed: false,
    },
    async () => ({ status: 200, body: await read(), headers: { ...headersOf(type), "cache-control": "max-age=3600" } }),
  );
}

const readBrowserFile = (name: string) => readFile(new URL(name, browserFiles()), "utf8");

/** The reference of all routes, and the files that its page loads. */
export function referenceRoutes(): PublicRoute[] {
  return [
    publicRoute(
      "/docs",
      { operationId: "getReference", summary: "This document as pages", status: 200, answer: "text/html" },
      () => Promise.resolve({ status: 200, body: page, headers: headersOf("text/html") }),
    ),
    fileRoute("start.js", "text/javascript", () => Promise.resolve(start)),
    fileRoute("swagger-ui-bundle.js", "text/javascript", () => readBrowserFile("swagger-ui-bundle.js")),
    fileRoute("swagger-ui.css", "text/css", () => readBrowserFile("swagger-ui.css")),
  ];
}
