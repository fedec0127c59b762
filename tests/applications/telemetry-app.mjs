// An application that leaves the set-up to the package, and ends without saying so.

import { progress } from "otel-progress";
import { startTelemetry } from "otel-progress/sdk";

startTelemetry({ serviceName: "consumer" });
progress.operation("catalog.import", { id: "job-1", total: 1 }, (op) => op.increment());
// Never ended: that must not keep the process alive.
progress.start("left.open");
console.log(progress.live.get("job-1").status);
