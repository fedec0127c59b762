// Whose lease has run out, by the clock of Redis. Hands over the spans of lost operations to those that can end them.

import { NOW, type Script, script } from "./script.js";

/** Instances named by one call. */
const SUSPECTS = 10;
/** Leases looked at that end suspiciously late: the clock of Redis was set back. */
const SKEWED = 5;

/**
 * KEYS  leases terms orphans
 * ARGV  1 instance that asks, or empty: the spans of its own are left to others  2 spans wanted, at most
 * Gives { now, instances without a valid lease, spans }.
 */
export const LOOK: Script = script(
  NOW,
  `
local leases, terms, orphans = unpack(KEYS)
for _, instance in ipairs(redis.call('ZREVRANGE', leases, 0, ${SKEWED - 1})) do
  local latest = now + tonumber(redis.call('HGET', terms, instance) or '0')
  if tonumber(redis.call('ZSCORE', leases, instance)) > latest then redis.call('ZADD', leases, latest, instance) end
end
local suspects = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, ${SUSPECTS})
local spans = {}
for _ = 1, math.min(tonumber(ARGV[2]), redis.call('LLEN', orphans)) do
  local span = redis.call('LPOP', orphans)
  if string.match(span, '^%S+ (%S+)') == ARGV[1] then redis.call('RPUSH', orphans, span)
  else spans[#spans + 1] = span end
end
return { now, suspects, spans }`,
);
