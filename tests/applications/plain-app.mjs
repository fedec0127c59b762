// An application that knows nothing of OpenTelemetry.

import { progress } from "otel-progress";

await progress.operation("catalog.import", { id: "job-1", total: 1 }, async (op) => {
  await op.level("song", async (level) => level.increment());
  op.increment();
});
// Never ended: that must not keep the process alive.
progress.start("left.open");
console.log(progress.live.get("job-1").status);
