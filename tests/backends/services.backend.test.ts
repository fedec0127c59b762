// The harness itself: what it says when a program is missing or does not start, and what else it can do to a server.

import { afterEach, describe, expect, it, vi } from "vitest";
import { binary } from "../services/binaries.js";
import { startCollector } from "../services/collector.js";
import { get, until } from "../services/polling.js";
import { freePorts, Server, showOutputOnFailure } from "../services/server.js";
import { startSlowProxy } from "../services/slow-proxy.js";

afterEach(showOutputOnFailure);
afterEach(() => vi.unstubAllEnvs());

/** What a Collector answers to an export of nothing. */
const exportNothing = async (endpoint: string, millis = 5_000) => {
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(millis);
  const response = await fetch(`${endpoint}/v1/traces`, { method: "POST", headers, body: "{}", signal });
  await response.text();
  return response.status;
};

describe("a program", () => {
  it("that is not installed fails the test, and says how to install it", () => {
    vi.stubEnv("JAEGER_BIN", "");
    vi.stubEnv("OTEL_PROGRESS_SERVICES", "/nothing/was/built/here");
    expect(() => binary("JAEGER_BIN")).toThrow("JAEGER_BIN is not installed. Run: bash scripts/install-services.sh");
    vi.stubEnv("JAEGER_BIN", "/somewhere/else");
    expect(binary("JAEGER_BIN")).toBe("/somewhere/else");
  });

  it("that ends instead of starting fails with what it said", async () => {
    const { port } = await freePorts("port");
    await using server = new Server({
      name: "Collector",
      program: binary("OTELCOL_BIN"),
      args: ["--config=yaml:receivers::nonsense::x: 1"],
      readyUrl: `http://127.0.0.1:${port}/`,
    });
    await expect(server.start()).rejects.toThrow(/Collector ended with 1 instead of starting.*nonsense/s);
  });
});

describe("a Collector", () => {
  it("can be away for a while, and comes back at the same address", async () => {
    await using collector = await startCollector();
    const { pid } = collector.server;
    await collector.server.stop();
    await expect(exportNothing(collector.endpoint)).rejects.toThrow();
    await collector.server.start();
    expect(await exportNothing(collector.endpoint)).toBe(200);
    expect(collector.server.pid).not.toBe(pid);
    expect(await get(`http://${collector.selfTarget}/metrics`)).toContain("otelcol_process_uptime");
  });

  it("can be slow, and can hang", async () => {
    await using collector = await startCollector();
    await using proxy = await startSlowProxy(collector.otlpPort);
    expect(await exportNothing(proxy.endpoint)).toBe(200);
    proxy.delayMillis = 200;
    const start = Date.now();
    expect(await exportNothing(proxy.endpoint)).toBe(200);
    expect(Date.now() - start).toBeGreaterThanOrEqual(390);
    proxy.delayMillis = 0;
    proxy.hanging = true;
    await expect(exportNothing(proxy.endpoint, 500)).rejects.toThrow(/timeout/i);
    proxy.hanging = false;
    expect(await exportNothing(proxy.endpoint)).toBe(200);
  });
});

describe("waiting", () => {
  it("ends with what was seen last", async () => {
    const waiting = until(
      "it is three",
      () => Promise.resolve({ it: 2 }),
      ({ it }) => it === 3,
      { within: 50, every: 10 },
    );
    await expect(waiting).rejects.toThrow('waited 0.05 s in vain until it is three; last: {"it":2}');
    const failing = until(
      "it answers",
      () => Promise.reject(new Error("refused")),
      () => true,
      { within: 50 },
    );
    await expect(failing).rejects.toThrow("last: Error: refused");
  });
});
