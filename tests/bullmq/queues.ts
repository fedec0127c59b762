// Real queues of BullMQ on a real Redis, for the tests of both ways in.

import { randomUUID } from "node:crypto";
import { type Processor, Queue, QueueEvents, Worker, type WorkerOptions } from "bullmq";
import type { RedisServer } from "../services/redis.js";

type Job = Record<string, unknown>;

export interface Line extends AsyncDisposable {
  readonly queue: Queue<Job>;
  worker(processor: Processor<Job> | URL, options?: Partial<WorkerOptions>): Worker<Job>;
  /** What happened to it, as events; from now on. */
  events(): Promise<QueueEvents>;
}

/** A queue of its own. What belongs to it is closed with it. */
export function lineUp({ port }: RedisServer): Line {
  const name = `videos-${randomUUID().slice(0, 8)}`;
  const connection = { host: "127.0.0.1", port };
  const queue = new Queue<Job>(name, { connection });
  const others: (Worker<Job> | QueueEvents)[] = [];
  return {
    queue,
    worker(processor, options = {}) {
      const worker = new Worker<Job>(name, processor, { connection, drainDelay: 1, ...options });
      worker.on("error", () => {});
      others.push(worker);
      return worker;
    },
    async events() {
      const events = new QueueEvents(name, { connection });
      others.push(events);
      await events.waitUntilReady();
      return events;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(others.map((other) => other.close()));
      await queue.close();
    },
  };
}
