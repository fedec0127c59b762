// Every name that leaves the process. The contract in words is docs/semantic-conventions.md; a test holds both together.

/** Instrumentation scope of our spans and instruments; by it our own spans are told from those of others. */
export const SCOPE_NAME = "otel-progress";

export const ATTR_OPERATION_ID = "progress.operation.id";
export const ATTR_OPERATION_TYPE = "progress.operation.type";
export const ATTR_OPERATION_NAME = "progress.operation.name";
export const ATTR_LEVEL_ID = "progress.level.id";
export const ATTR_LEVEL_TYPE = "progress.level.type";
export const ATTR_LEVEL_NAME = "progress.level.name";
export const ATTR_CURRENT = "progress.current";
export const ATTR_TOTAL = "progress.total";
export const ATTR_UNIT = "progress.unit";
export const ATTR_RATIO = "progress.ratio";
export const ATTR_STATUS = "progress.status";
export const ATTR_ATTEMPT = "progress.attempt";
export const ATTR_ITEMS_FAILED = "progress.items.failed";
export const ATTR_ITEMS_SKIPPED = "progress.items.skipped";
export const ATTR_RATE_CURRENT = "progress.rate.current";
export const ATTR_RATE_MEAN = "progress.rate.mean";
export const ATTR_RATE_PEAK = "progress.rate.peak";
export const ATTR_PROCESS_CPU_TIME = "progress.process.cpu_time";
export const ATTR_PROCESS_CPU_UTILIZATION = "progress.process.cpu_utilization";
export const ATTR_PROCESS_EVENT_LOOP_UTILIZATION = "progress.process.event_loop_utilization";
export const ATTR_PROCESS_MEMORY = "progress.process.memory";
export const ATTR_STAGE = "progress.stage";
export const ATTR_MESSAGE = "progress.message";
export const ATTR_REASON = "progress.reason";
export const ATTR_IDLE_TIME = "progress.idle_time";
export const ATTR_WAITING_ON = "progress.waiting_on";
export const ATTR_SPAN_ROLE = "progress.span.role";
export const ATTR_ITEM_STATUS = "progress.item.status";
export const ATTR_LOSS_CAUSE = "progress.loss.cause";
export const ATTR_WAIT_TIME = "progress.wait_time";
/** OpenTelemetry's own. */
export const ATTR_ERROR_TYPE = "error.type";
export const ATTR_MESSAGING_SYSTEM = "messaging.system";
export const ATTR_MESSAGING_OPERATION_NAME = "messaging.operation.name";
export const ATTR_MESSAGING_OPERATION_TYPE = "messaging.operation.type";
export const ATTR_MESSAGING_DESTINATION_NAME = "messaging.destination.name";
export const ATTR_MESSAGING_MESSAGE_ID = "messaging.message.id";

export const EVENT_UPDATE = "progress.update";
export const EVENT_STATUS = "progress.status";
export const EVENT_STALLED = "progress.stalled";
export const EVENT_RECOVERED = "progress.recovered";
export const EVENT_ATTEMPT = "progress.attempt";

export const METRIC_OPERATION_ACTIVE = "progress.operation.active";
export const METRIC_OPERATION_STALLED = "progress.operation.stalled";
export const METRIC_OPERATION_OLDEST_START_TIME = "progress.operation.oldest_start_time";
export const METRIC_OPERATION_EXPECTED_DURATION = "progress.operation.expected_duration";
export const METRIC_INSTANCE_HEARTBEAT_TIME = "progress.instance.heartbeat_time";
export const METRIC_OPERATION_FINISHED = "progress.operation.finished";
export const METRIC_OPERATION_DURATION = "progress.operation.duration";
export const METRIC_LEVEL_DURATION = "progress.level.duration";
export const METRIC_ITEMS = "progress.items";
export const METRIC_LOSSES = "progress.losses";
export const METRIC_OPERATION_RATIO = "progress.operation.ratio";
export const METRIC_OPERATION_RATE = "progress.operation.rate";
export const METRIC_OPERATION_ELAPSED_TIME = "progress.operation.elapsed_time";
export const METRIC_OPERATION_REMAINING_TIME = "progress.operation.remaining_time";
