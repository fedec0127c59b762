import { describe, expect, it } from "vitest";
import { PAGE_POLICY, type PageOptions, pageAssets } from "../../../src/query/web/assets.js";

describe("what is served", () => {
  const assets = pageAssets();
  const page = assets.get("")!.body;

  it("is the page, its script, its style and its settings", () => {
    expect([...assets].map(([path, { type }]) => [path, type.split(";")[0]])).toEqual([
      ["", "text/html"],
      ["page.js", "text/javascript"],
      ["page.css", "text/css"],
      ["page.json", "application/json"],
    ]);
  });

  it("is all that the page asks for, by addresses relative to it", () => {
    const addresses = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1]!);
    const files = addresses.filter((address) => !/^(data:|#)/.test(address));
    expect(files).toEqual(["page.css", "page.js", "operations"]);
  });

  it("runs under a policy without anything inline", () => {
    expect(PAGE_POLICY).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; /);
    expect(PAGE_POLICY).not.toContain("unsafe");
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:/i);
  });

  it("tells the page where traces are, and whether operations can be cancelled", () => {
    const settings = (options: PageOptions) => JSON.parse(pageAssets(options).get("page.json")!.body);
    expect(settings({ traceUrl: "https://jaeger/{traceId}" })).toEqual({ traceUrl: "https://jaeger/{traceId}" });
    expect(settings({ control: true })).toEqual({ control: true });
    expect(settings({ control: false })).toEqual({});
  });
});
