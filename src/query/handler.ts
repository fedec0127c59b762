// Progress over HTTP, wherever a web-standard request can be answered: Node.js, Deno, Bun, workers, behind any framework.

import { checkMethods, checkNames } from "../errors.js";
import type { OperationSource } from "../model.js";
import { EventHub } from "./event-stream.js";
import { openApiDocument } from "./openapi.js";
import { pageRoutes } from "./page-routes.js";
import type { EventSink } from "./reader.js";
import { createRedactor, type Redact } from "./redact.js";
import { createRouter, type Reply, type Router, type RouterOptions, telling } from "./router.js";
import { ROUTES, type Site, type StageDefinition } from "./routes.js";

export interface ProgressHandlerOptions extends RouterOptions {
  /** What `/stages` tells of. @default none */
  readonly definitions?: readonly StageDefinition[] | undefined;
  /** Gives the attributes that may leave, of operations, levels and spans waited on. @default all */
  readonly redact?: Redact | undefined;
  /** Silence after which followers are told that the connection lives. @default 15000 */
  readonly heartbeatMillis?: number | undefined;
  /** Where traces are shown: the page links "http://localhost:16686/trace/{traceId}"; "{spanId}" is known as well. */
  readonly traceUrl?: string | undefined;
}

/** The parts of a handler, for who can send bytes in a better way than a `Response` does. */
export interface ProgressSite {
  readonly router: Router;
  readonly hub: EventHub;
}

/** A misspelt `authorize` must not leave the door open. */
const NAMES: Readonly<Record<keyof ProgressHandlerOptions, true>> = {
  ...{ basePath: true, hosts: true, origins: true, token: true, authorize: true, readTokenSecret: true, control: true },
  ...{ onError: true, definitions: true, redact: true, heartbeatMillis: true, traceUrl: true },
};
export const HANDLER_OPTIONS: readonly string[] = Object.keys(NAMES);

/**
 * Answers every route under `basePath`; see docs/http.md. Only requests to localhost are answered unless `hosts` names
 * others. Throws ProgressError INVALID_OPTION for what is no source, and for options that nobody knows or that contradict each other.
 */
export function createProgressHandler(
  source: OperationSource,
  options: ProgressHandlerOptions = {},
): (request: Request) => Promise<Response> {
  checkNames("createProgressHandler", options, HANDLER_OPTIONS);
  const { router, hub } = createProgressSite(source, options);
  return async (request) => {
    const reply = await router.reply(request);
    return reply instanceof Response ? reply : eventResponse(hub, reply, request);
  };
}

export function createProgressSite(source: OperationSource, options: ProgressHandlerOptions): ProgressSite {
  checkMethods("source", source, ["get", "list", "stats", "watch"], ", such as progress.live");
  const redact = createRedactor(options.redact);
  const hub = new EventHub(source, { redact, heartbeatMillis: options.heartbeatMillis });
  const site: Site = {
    source,
    definitions: options.definitions ?? [],
    redact,
    eventStats: () => {
      const { subscribers, ...losses } = hub.stats();
      return { subscribers, events: losses };
    },
    onError: telling(options.onError),
    describe: () => openApiDocument(options),
  };
  const control = options.control === true && source.capabilities.includes("control");
  return { router: createRouter(site, options, [...ROUTES, ...pageRoutes({ ...options, control })]), hub };
}

type EventsReply = Exclude<Reply, Response>;

/** An event stream as a body. What its reader has not taken yet is waiting. */
function eventResponse(hub: EventHub, { events, lastEventId, headers }: EventsReply, request: Request): Response {
  if (request.method === "HEAD") return new Response(null, { headers });
  let leave = () => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        leave = hub.open(events, sinkOf(controller), lastEventId);
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
  return new Response(body, { headers });
}

function sinkOf(controller: ReadableStreamDefaultController<Uint8Array>): EventSink {
  return {
    write: (bytes) => controller.enqueue(bytes),
    get waiting() {
      return -(controller.desiredSize ?? 0);
    },
    close() {
      try {
        if (controller.desiredSize === 0) controller.close();
        // What it has not taken would be kept for it for ever.
        else controller.error(new Error("the reader took nothing for too long"));
      } catch {
        // It has left already.
      }
    },
  };
}
