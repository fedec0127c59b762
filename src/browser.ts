// What "otel-progress" is in a browser, by the condition "browser" of package.json: definitions, which are pure data, so that
// a server and its pages can share them. Work is not tracked there.

export { ProgressError, type ProgressErrorCode } from "./errors.js";
export {
  type Definition,
  type DefinitionOptions,
  defineOperation,
  type StageOf,
} from "./instrumentation/definition.js";
