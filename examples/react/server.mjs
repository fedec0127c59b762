// The server: does the work, tells of it below /progress, and serves the page. See README.md.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { progress } from "otel-progress";
import { serveProgress } from "otel-progress/query/node";
import { createServer } from "vite";
import { clip } from "./clip.mjs";

/** One job. Stands for anything that takes long. */
function work(id, title) {
  return progress.operation(clip, { id, name: title }, async (operation) => {
    for (const { name } of clip.stages) {
      await operation.stage(name, { total: 20 }, async (stage) => {
        for (let part = 0; part < 20; part++) {
          await sleep(50);
          if (title === "Broken" && name === "rendering" && part === 10) throw new Error("frame 10 cannot be read");
          stage.increment();
        }
      });
    }
  });
}

/** POST /jobs?title=… begins one and answers with its id. */
function jobs(request, response) {
  const id = randomUUID();
  work(id, new URL(request.url, "http://localhost").searchParams.get("title") ?? "Clip").catch(() => {});
  response.setHeader("content-type", "application/json").end(JSON.stringify({ id }));
}

const { url } = await serveProgress({ source: progress.live, basePath: "/progress", port: 0 });
const page = await createServer({
  root: fileURLToPath(new URL(".", import.meta.url)),
  server: { port: Number(process.env.PORT ?? 5173), proxy: { "/progress": new URL(url).origin } },
  plugins: [{ name: "jobs", configureServer: ({ middlewares }) => void middlewares.use("/jobs", jobs) }],
});
await page.listen();
page.printUrls();
