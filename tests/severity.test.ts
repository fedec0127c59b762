import { expect, test } from "vitest";
import * as semconv from "../src/semconv.js";
import { severityOf } from "../src/severity.js";

test("what failed or was lost is an error, a stall a warning, the rest information", () => {
  const text = (event: string, status: unknown) => severityOf(event, status).severityText;
  expect(text(semconv.EVENT_STATUS, "failed")).toBe("ERROR");
  expect(text(semconv.EVENT_STATUS, "lost")).toBe("ERROR");
  expect(text(semconv.EVENT_STALLED, "running")).toBe("WARN");
  expect(text(semconv.EVENT_STATUS, "cancelled")).toBe("INFO");
  expect(text(semconv.EVENT_UPDATE, undefined)).toBe("INFO");
});

test("numbers are those of OpenTelemetry's log data model", () => {
  const number = (event: string, status: string) => severityOf(event, status).severityNumber;
  expect([
    number(semconv.EVENT_UPDATE, "running"),
    number(semconv.EVENT_STALLED, "running"),
    number(semconv.EVENT_STATUS, "failed"),
  ]).toEqual([9, 13, 17]);
});
