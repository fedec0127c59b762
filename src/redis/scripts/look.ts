// Whose lease has run out, by the clock of Redis. Hands over the spans of lost operations to those that can end them. Looks at one
// partition, or where they all lie on one server, at all of them.

import { NOW, type Script, script } from "./script.js";

/** Instances named of one partition. */
const SUSPECTS = 10;
/** Leases looked at in one partition that end suspiciously late: the clock of Redis was set back. */
const SKEWED = 1;

/**
 * KEYS  of each partition: leases terms orphans
 * ARGV  1 instance that asks, or empty: the spans of its own are left to others  2 spans wanted, at most
 * Gives { now, instances without a valid lease, spans }.
 */
export const LOOK: Script = script(
  NOW,
  `
local found, spans, wanted = {}, {}, tonumber(ARGV[2])
for at = 1, #KEYS, 3 do
  local leases, terms, orphans = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  local last = redis.call('ZREVRANGE', leases, 0, ${SKEWED - 1}, 'WITHSCORES')
  for i = 1, #last, 2 do
    local latest = now + tonumber(redis.call('HGET', terms, last[i]) or '0')
    if tonumber(last[i + 1]) > latest then redis.call('ZADD', leases, latest, last[i]) end
  end
  if #last > 0 then
    for _, instance in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, ${SUSPECTS})) do
      found[#found + 1] = instance
    end
  end
  local waiting = wanted > #spans and redis.call('LLEN', orphans) or 0
  for _ = 1, math.min(wanted - #spans, waiting) do
    local span = redis.call('LPOP', orphans)
    if string.match(span, '^%S+ (%S+)') == ARGV[1] then redis.call('RPUSH', orphans, span)
    else spans[#spans + 1] = span end
  end
end
return { now, found, spans }`,
);
