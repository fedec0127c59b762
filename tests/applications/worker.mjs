// A process that does what the process that forked it says, so that a test can tell its story step by step. Metrics leave it as they
// would anywhere.

import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "otel-progress";
import { startTelemetry } from "otel-progress/sdk";

const telemetry = startTelemetry(JSON.parse(process.argv[2]));
const handles = new Map();
const moving = new Map();

const commands = {
  start: (id, type, options) => handles.set(id, progress.start(type, { id, ...options })),
  /** A level of an operation or level that was started. */
  level: (id, under, type, options) => handles.set(id, handles.get(under).startLevel(type, { id, ...options })),
  /** Any method of a handle. */
  tell: (id, method, ...args) => handles.get(id)[method](...args),
  fail: (id, message, code) => handles.get(id).fail(Object.assign(new Error(message), { code })),
  /** From now on it moves all the time. */
  move(id, everyMillis = 50) {
    commands.rest(id);
    moving.set(
      id,
      setInterval(() => handles.get(id).increment(), everyMillis),
    );
  },
  rest: (id) => clearInterval(moving.get(id)),
  /** So many operations, one after the other, each completed after some time. */
  async run(type, times, millis) {
    for (let run = 0; run < times; run++) await progress.operation(type, () => sleep(millis));
  },
  flush: () => telemetry.forceFlush(),
  shutdown: () => telemetry.shutdown(),
};

process.on("message", async ({ id, command, args }) => {
  try {
    await commands[command](...args);
    process.send({ id });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on("disconnect", () => process.exit());
process.send({ id: 0 });
