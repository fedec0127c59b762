import { expect, it } from "vitest";
import * as react from "../src/react.js";

it("otel-progress/react gives three hooks, and the error of an operation that did not complete", () => {
  expect(Object.keys(react).sort()).toEqual([
    "OperationEndedError",
    "useOperations",
    "usePipelineStages",
    "useProgress",
  ]);
});
