// Runs a job of a minute, by a clock of its own, and ends without shutting anything down; prints the time it expected at its start.

import { createProgress } from "otel-progress";

let now = 1_000;
const clock = { monotonicMillis: () => now, epochMillis: () => 1.7e12 + now, every: () => () => {} };
const op = createProgress({ clock }).start("import", { total: 10 });
console.log(JSON.stringify(op.snapshot().eta ?? null));
now += 60_000;
op.complete();
