import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { SDK_PACKAGES, whySetUpFailed } from "../src/sdk-packages.js";

const PACKAGES =
  "@opentelemetry/sdk-node @opentelemetry/sdk-trace @opentelemetry/sdk-metrics @opentelemetry/resources " +
  "@opentelemetry/exporter-trace-otlp-http @opentelemetry/exporter-metrics-otlp-http";

it.each([
  ["22.1.0", PACKAGES],
  ["20.19.0", `@opentelemetry/api@1.9 ${PACKAGES}`],
])("a package that is missing is named, with the command that installs all of them on Node.js %s", (node, packages) => {
  const message =
    "Cannot find package '@opentelemetry/resources' imported from /app/node_modules/otel-progress/dist/sdk.js";
  const error = Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
  expect(whySetUpFailed(error, node)).toBe(`Cannot find package '@opentelemetry/resources': npm install ${packages}`);
});

it("of another failure the first line is said", () => {
  expect(whySetUpFailed(new Error("endpoint: expected a URL\nmore"), "20.19.0")).toBe("endpoint: expected a URL");
});

it("whatever was thrown can be said", () => {
  expect(["no", undefined, null, {}, { message: 5 }].map((thrown) => whySetUpFailed(thrown, "22.1.0"))).toEqual([
    "no",
    "undefined",
    "null",
    "[object Object]",
    "5",
  ]);
});

it("the packages are those that the README says to install", () => {
  const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8");
  const [, listed] = /`npm install otel-progress @opentelemetry\/api ([^`]*)`/.exec(readme)!;
  expect(listed!.split(/\s+/)).toEqual(SDK_PACKAGES);
});

it("the packages are those that the set-up imports", () => {
  const source = readFileSync(fileURLToPath(new URL("../src/sdk.ts", import.meta.url)), "utf8");
  const imported = [...source.matchAll(/from "(@opentelemetry\/[^"]+)"/g)].map(([, name]) => name!);
  expect(imported.filter((name) => name !== "@opentelemetry/api").sort()).toEqual([...SDK_PACKAGES].sort());
});
