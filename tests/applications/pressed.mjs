// Work under pressure: about a thousand operations a second, with or without telemetry. Prints once a second how many there were,
// how long the work itself took, how much memory is held and what was lost.

import { progress } from "otel-progress";
import { startTelemetry } from "otel-progress/sdk";

const { telemetry: wanted, millis, serviceName } = JSON.parse(process.argv[2]);
const telemetry = wanted ? startTelemetry({ serviceName, exportInterval: "1s" }) : undefined;
const end = performance.now() + millis;
let done = 0;
let worked = 0;
let told = performance.now();

while (performance.now() < end) {
  const begun = performance.now();
  for (let n = 0; n < 20; n++) {
    await progress.operation("pressed", { total: 3 }, (op) => op.increment(3));
    done++;
  }
  worked += performance.now() - begun;
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (performance.now() - told < 1_000) continue;
  told = performance.now();
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  console.log(JSON.stringify({ done, worked, heapUsed, losses: progress.live.stats().losses }));
}
await telemetry?.shutdown();
console.log(JSON.stringify({ done, worked, heapUsed: 0, losses: progress.live.stats().losses }));
