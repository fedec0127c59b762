// A job as it runs in CI: four steps beside each other, one of which fails, its own output between them. Says on fd 3, where that is open,
// that it came to its end.

import { closeSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createProgress } from "otel-progress";
import { consoleExporter } from "otel-progress/exporters";

const progress = createProgress({ exporters: [consoleExporter()], interval: "20ms" });
const steps = ["build", "test", "::error::pwned", "deploy"].map((name) =>
  progress.operation("step", { name, total: 5, unit: "file" }, async (op) => {
    for (let file = 0; file < 5; file++) {
      await sleep(30);
      if (name === "deploy" && file === 3) throw Object.assign(new Error("disk is 100% full"), { code: "ENOSPC" });
      op.increment();
    }
  }),
);
await Promise.allSettled(steps);
await progress.shutdown();
try {
  writeSync(3, `end, ${process.stderr.listenerCount("error")} listeners left\n`);
  closeSync(3);
} catch {
  // Nobody asked.
}
