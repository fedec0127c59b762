// Clients of one connection that want to hear of changes. Up to revision 2025-11-25 they subscribe to a resource, and hear
// without asking when the list changes; from 2026-07-28 on the SDK around the server knows what they listen to.

import { ProgressError } from "../../errors.js";
import type { OperationSource } from "../../model.js";
import { publishChanges } from "./changes.js";
import type { ProgressResourcesOptions } from "./resources.js";
import { INVALID_PARAMS, isListening, type McpServerLike, RequestError } from "./server.js";
import { idOf, OPERATIONS } from "./uris.js";

/** Of one connection. */
const MOST = 1_000;

type Options = Pick<ProgressResourcesOptions, "subscriptions" | "interval" | "onError">;
interface SubscribeRequest {
  readonly params: { readonly uri: string };
}

/** Tells the server's clients of changes until its connection ends, or the returned function is called. */
export function serveSubscriptions(server: McpServerLike, source: OperationSource, options: Options): () => void {
  const wanted = takeSubscriptions(server, options.subscriptions);
  let wasConnected = false;
  const send = (notify: () => Promise<void>): void => {
    if (server.isConnected()) {
      wasConnected = true;
      // A connection that goes away says so elsewhere.
      notify().catch(() => {});
    } else if (wasConnected) stop();
  };
  const to = {
    wants: (uri: string) => wanted.has(uri) || isListening(server),
    resourceUpdated: (uri: string) => send(() => server.server.sendResourceUpdated({ uri })),
    resourcesChanged: () => send(() => server.server.sendResourceListChanged()),
  };
  const stop = publishChanges(source, to, options);
  stopOnClose(server, stop);
  return stop;
}

/** The URIs that are subscribed to, kept up to date by the requests that arrive. */
function takeSubscriptions({ server }: McpServerLike, schemas: Options["subscriptions"]): ReadonlySet<string> {
  const wanted = new Set<string>();
  const [subscribe, unsubscribe] = schemas ?? ["resources/subscribe", "resources/unsubscribe"];
  const handle = (request: unknown, take: (uri: string) => void): void => {
    server.setRequestHandler(request, async ({ params }: SubscribeRequest) => {
      take(params.uri);
      return {};
    });
  };
  try {
    handle(subscribe, (uri) => {
      checkUri(uri);
      if (wanted.size >= MOST && !wanted.has(uri))
        throw new RequestError(INVALID_PARAMS, `at most ${MOST} resources can be subscribed to`);
      wanted.add(uri);
    });
    handle(unsubscribe, (uri) => wanted.delete(uri));
  } catch (cause) {
    const message =
      'subscriptions: SDK 1 needs [SubscribeRequestSchema, UnsubscribeRequestSchema] here, or changes: "none"';
    throw new ProgressError("INVALID_OPTION", message, { cause });
  }
  return wanted;
}

/** An operation may be subscribed to before it begins. */
function checkUri(uri: string): void {
  if (uri !== OPERATIONS && idOf(uri) === undefined)
    throw new RequestError(INVALID_PARAMS, "only operations can be subscribed to", { uri });
}

function stopOnClose({ server }: McpServerLike, stop: () => void): void {
  const before = server.onclose;
  server.onclose = () => {
    stop();
    before?.call(server);
  };
}
