// The public API, name by name. What is not here or in another subpath is internal.

export type { Clock } from "./clock.js";
export type {
  ContributionTransport,
  EndedLevels,
  Joining,
  LevelState,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  PartState,
  WriterLink,
  WriterState,
} from "./contribution-transport.js";
export { ProgressError, type ProgressErrorCode } from "./errors.js";
export type { EtaStore } from "./eta-history.js";
export type { Granularity } from "./granularity.js";
export type { CarrierLike } from "./instrumentation/crossing/carrier.js";
export { progress } from "./instrumentation/default.js";
export {
  type Definition,
  type DefinitionOptions,
  defineOperation,
  type LevelKindOptions,
  type OperationOf,
  type Range,
  type RangeStageOptions,
  type StageOf,
  type StageOptions,
  type StagesSpec,
} from "./instrumentation/definition.js";
export type {
  Ended,
  EnterOptions,
  FailOptions,
  Level,
  LevelOptions,
  Limits,
  Operation,
  OperationOptions,
  Outcome,
  PendingLevel,
  Reporter,
  Scope,
  Scoped,
  SimulateOptions,
  TrackOptions,
  Update,
} from "./instrumentation/handles.js";
export type { LiveSource } from "./instrumentation/live.js";
export type { CountLimits, ProgressOptions } from "./instrumentation/options.js";
export { createProgress, type Progress } from "./instrumentation/progress.js";
export type { SubscribeOptions } from "./instrumentation/subscription.js";
export type {
  Attributes,
  AttributeValue,
  CancelRequested,
  Carrier,
  Cause,
  Change,
  Counts,
  Duration,
  Ending,
  ErrorInfo,
  Eta,
  EventName,
  EventPayloads,
  Filter,
  Instance,
  Json,
  LevelSnapshot,
  LevelStatus,
  ListOptions,
  MaybePromise,
  Numbers,
  OperationExporter,
  OperationSource,
  ProcessUsage,
  ProgressEvent,
  Snapshot,
  StageInfo,
  Stalled,
  Stats,
  Status,
  TotalKind,
  WaitingOn,
} from "./model.js";
