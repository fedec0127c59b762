"use client";
// For React 18 and 19: progress as hooks, followed over HTTP. Loads in a browser: needs nothing of Node.js.

export { OperationEndedError } from "./query/react/ended-error.js";
export {
  type PipelineDefinition,
  type UseOperationsResult,
  type UseProgressOptions,
  type UseProgressResult,
  useOperations,
  usePipelineStages,
  useProgress,
} from "./query/react/hooks.js";
export type { Connection, PlaceOptions } from "./query/react/question.js";
