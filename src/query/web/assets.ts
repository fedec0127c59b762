// The page as the handler serves it: every file as text, keyed by its path below the base path ("" is the page itself).
// Nothing in them is secret, so they are served without a token; what they show is asked for with one.

import { PAGE } from "./page.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";

/** What the server tells the page of itself. */
export interface PageSettings {
  readonly traceUrl?: string;
  /** Operations can be cancelled by whoever shows that he may. */
  readonly control?: true;
}

export interface PageOptions {
  /** Where the trace of an operation is shown: "http://localhost:16686/trace/{traceId}"; "{spanId}" is known as well. */
  readonly traceUrl?: string | undefined;
  /** Whether operations can be cancelled. @default false */
  readonly control?: boolean | undefined;
}

export interface PageAsset {
  readonly body: string;
  /** The `content-type`. */
  readonly type: string;
}

/** What the page needs to be let do, and nothing more. */
export const PAGE_POLICY: string =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Addresses in it are relative: it works below any base path that ends with a slash. */
export function pageAssets(options: PageOptions = {}): ReadonlyMap<string, PageAsset> {
  const { traceUrl, control } = options;
  const settings: PageSettings = { ...(traceUrl !== undefined && { traceUrl }), ...(control === true && { control }) };
  return new Map([
    ["", { body: PAGE, type: "text/html; charset=utf-8" }],
    ["page.js", { body: SCRIPT, type: "text/javascript; charset=utf-8" }],
    ["page.css", { body: STYLE, type: "text/css; charset=utf-8" }],
    ["page.json", { body: JSON.stringify(settings), type: "application/json" }],
  ]);
}
