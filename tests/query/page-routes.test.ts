import { expect, test } from "vitest";
import { pageRoutes } from "../../src/query/page-routes.js";
import type { Site } from "../../src/query/routes.js";
import { PAGE_POLICY, pageAssets } from "../../src/query/web/assets.js";

test("every file of the page has a route, open to all, under the page's own policy", async () => {
  const options = { traceUrl: "http://traces.example/{traceId}" };
  const routes = pageRoutes(options);
  const assets = pageAssets(options);
  expect(routes.map(({ path }) => path)).toEqual([...assets.keys()].map((name) => `/${name}`));
  expect(routes[0]!.path).toBe("/");
  for (const [index, asset] of [...assets.values()].entries()) {
    const route = routes[index]!;
    const asked = { request: new Request("http://localhost/"), name: "", parameters: new Map() };
    const response = (await route.answer({} as Site, asked)) as Response;
    expect([route.open, route.method, await response.text()]).toEqual([true, "GET", asset.body]);
    expect(response.headers.get("content-security-policy")).toBe(PAGE_POLICY);
    expect(response.headers.get("content-type")).toBe(asset.type);
  }
});

test("the policy lets no inline script, no other server, and no frame", () => {
  expect(PAGE_POLICY).toContain("default-src 'none'");
  expect(PAGE_POLICY).toContain("frame-ancestors 'none'");
  expect(PAGE_POLICY).not.toMatch(/unsafe|\*|https?:/);
});
