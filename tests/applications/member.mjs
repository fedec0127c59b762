// A process or thread that does what the one that started it says: joins operations of others, and works for them. Tests tell it
// its story step by step.

import { parentPort } from "node:worker_threads";
import { progress } from "otel-progress";

const handles = new Map();
const leaves = new Map();

const commands = {
  /** Stays in it until told to leave. */
  join(id, carrier) {
    return new Promise((joined) => {
      const work = new Promise((leave) => leaves.set(id, leave));
      progress.join(carrier, (scope) => {
        handles.set(id, scope);
        joined();
        return work;
      });
    });
  },
  leave: (id) => leaves.get(id)(),
  /** All of it before anything else happens in this thread. */
  joinAtOnce: (carrier, count) => progress.join(carrier, (scope) => scope.increment(count)),
  operation: (id, type, options) => void handles.set(id, progress.start(type, { id, ...options })),
  level: (id, under, type, options) => void handles.set(id, handles.get(under).startLevel(type, { id, ...options })),
  /** Any method of a handle. */
  tell: (id, method, ...args) => handles.get(id)[method](...args),
  carrier: (id) => handles.get(id).carrier(),
  snapshot: (id) => progress.live.get(id),
  losses: () => progress.live.stats().losses,
  flush: () => progress.forceFlush(),
  aborted: (id) => {
    const { signal } = handles.get(id);
    return new Promise((resolve) => {
      if (signal.aborted) resolve(signal.reason.message);
      else signal.addEventListener("abort", () => resolve(signal.reason.message));
    });
  },
  requestCancel: (id, reason) => progress.live.requestCancel(id, reason),
  /** Counts in one long turn of the event loop, until the number in shared memory is no more 0. */
  block(id, released) {
    while (Atomics.load(released, 0) === 0) handles.get(id).increment();
  },
  throwLater: () =>
    void setImmediate(() => {
      throw new Error("on purpose");
    }),
  /** Nothing keeps it alive any more. */
  letGo: () => (parentPort === null ? setImmediate(() => process.disconnect()) : parentPort.unref()),
};

const say = (message) => (parentPort === null ? process.send?.(message) : parentPort.postMessage(message));
const hear = (listener) => (parentPort === null ? process.on("message", listener) : parentPort.on("message", listener));

hear(async ({ id, command, args }) => {
  try {
    say({ id, result: await (command === "exit" ? process.exit(args[0]) : commands[command](...args)) });
  } catch (error) {
    say({ id, error: error.stack });
  }
});
say({ id: 0 });
