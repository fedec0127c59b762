// Operations of many processes and machines in one view, through Redis or Valkey.

export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, RedisClient } from "./client.js";
export { createRedisExporter, type RedisExporterOptions } from "./exporter.js";
export type { FleetOptions } from "./options.js";
export { createRedisSource, type RedisSource, type RedisSourceOptions } from "./source.js";
