// An application that shows its progress in a browser, and asks its own server.

import { progress } from "otel-progress";
import { serveProgress } from "otel-progress/query/node";

// Never closed: that must not keep the process alive.
const server = await serveProgress({ source: progress.live, port: 0 });
progress.start("catalog.import", { id: "job-1", total: 2 }).increment();
for (const path of ["/", "/page.js"]) {
  const response = await fetch(server.url + path);
  await response.text();
  console.log(response.headers.get("content-type"));
}
const status = await (await fetch(`${server.url}/status/job-1`)).json();
console.log(status.status, status.progress);
