// The page as routes: its files, under a policy that lets it run its own script and ask its own server, and nothing else.

import type { Route } from "./routes.js";
import { PAGE_POLICY, type PageAsset, type PageOptions, pageAssets } from "./web/assets.js";

/** Served to everybody who may call this host: what the page shows is asked for with a token. */
export function pageRoutes(options: PageOptions): readonly Route[] {
  return [...pageAssets(options)].map(([name, asset]) => ({
    method: "GET",
    path: `/${name}`,
    action: "read",
    open: true,
    // Filters of the page are in its address.
    parameters: "any",
    answer: () => new Response(asset.body, { headers: headersOf(asset) }),
  }));
}

function headersOf({ type }: PageAsset): Record<string, string> {
  return { "content-type": type, "content-security-policy": PAGE_POLICY, "cache-control": "no-cache" };
}
