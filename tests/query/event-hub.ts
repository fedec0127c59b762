import type { Filter } from "../../src/model.js";
import { EventHub, type EventHubOptions } from "../../src/query/event-stream.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";
import { TestSink } from "./event-sink.js";

export interface StartedHub {
  readonly test: TestProgress;
  readonly progress: TestProgress["progress"];
  readonly hub: EventHub;
  open(filter?: Filter, lastEventId?: string, sink?: TestSink): TestSink & { leave(): void };
  tick(): void;
}

/** A hub on a live source, both by a clock that is turned by hand. */
export function startHub(options: EventHubOptions = {}): StartedHub {
  const test = createTestProgress({ limits: { finished: 10 } });
  const hub = new EventHub(test.progress.live, { clock: test.clock, ...options });
  const open = (filter: Filter = {}, lastEventId?: string, sink: TestSink = new TestSink()) => {
    const leave = hub.open(filter, sink, lastEventId);
    return Object.assign(sink, { leave });
  };
  const tick = () => test.clock.advance(100);
  return { test, hub, open, tick, progress: test.progress };
}
