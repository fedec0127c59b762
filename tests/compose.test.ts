// docker-compose.yml, as far as it can be read without Docker: what it mounts is there, and is what the service tests run real
// servers with; nothing is open to other machines; nothing grows until the machine is full.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const [, services, volumes] = read("docker-compose.yml").split(/^(?:services|volumes):\n/m);

/** Each with the lines of its text. */
const all = services!
  .split(/^ {2}(?=[a-z-]+:$)/m)
  .slice(1)
  .map((text) => ({ name: text.split(":", 1)[0]!, text }));
const values = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, value]) => value!);

describe.each(all)("the service $name", ({ name, text }) => {
  it("is of a version that stays, limited in memory, and comes back", () => {
    expect(text).toMatch(/^ {4}image: [\w./-]+:v?\d+\.\d+\.\d+(-alpine)?$/m);
    expect(text).toMatch(/^ {4}mem_limit: \d+[mg]$/m);
    expect(text).toContain("    restart: unless-stopped\n");
  });

  it("has ports on this machine only", () => {
    const ports = values(text, /^ {6}- "?([^"]+:\d+)"?$/gm);
    expect(ports.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
  });

  it("mounts files that are there, and volumes that are declared", () => {
    const sources = values(text, /^ {6}- ([^":]+):\/\S+$/gm);
    const files = sources.filter((source) => source.startsWith("./"));
    expect(files.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
    expect(text.match(/^ {6}- \.\/\S+$/gm)?.filter((line) => !line.endsWith(":ro")) ?? []).toEqual([]);
    for (const volume of sources.filter((source) => !files.includes(source))) expect(volumes).toContain(`${volume}:\n`);
  });

  it("is asked whether it is well, by itself or by its neighbour", () => {
    const asked = name === "collector" ? all.find((other) => other.name === "collector-health")!.text : text;
    expect(asked).toMatch(/^ {4}healthcheck:\n {6}test: \["CMD", .*\]\n/m);
  });
});

it("there are seven services, and as many targets for Prometheus with as without Docker", () => {
  expect(all.map(({ name }) => name)).toEqual([
    "collector",
    "collector-health",
    "jaeger",
    "prometheus",
    "alertmanager",
    "grafana",
    "redis",
  ]);
  for (const name of ["alertmanager", "collector", "collector-self"]) {
    const [with_, without] = ["targets-docker", "targets"].map((folder) =>
      read(`deploy/prometheus/${folder}/${name}.yml`),
    );
    const [service, port] = /"([\w-]+):(\d+)"/.exec(with_!)!.slice(1);
    expect(all.map((one) => one.name)).toContain(service);
    expect(without).toContain(`"127.0.0.1:${port}"`);
  }
});

it("every variable it sets is one that the configuration reads", () => {
  for (const [name, config] of [
    ["collector", "collector-config.yaml"],
    ["jaeger", "deploy/jaeger/config.yaml"],
  ]) {
    const { text } = all.find((one) => one.name === name)!;
    const set = values(text, /^ {6}([A-Z_]+): /gm).filter((variable) => variable !== "OTEL_TRACES_SAMPLER");
    expect(set.filter((variable) => !read(config!).includes(`\${env:${variable}:-`))).toEqual([]);
    expect(set.length).toBeGreaterThan(0);
  }
});
