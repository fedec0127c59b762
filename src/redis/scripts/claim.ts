// The open operations of an instance whose lease has run out become lost, each once: its epoch is raised in the same step, so
// that whatever the instance still writes about it is refused.

import { KEEP, NOW, type Script, script } from "./script.js";

/** Operations claimed by one call. */
const CLAIMED = 500;
/** Spans that wait for somebody to end them. */
const ORPHANS = 1_000;

/**
 * KEYS  meta cells changes leases terms ended orphans, and of the instance: open claimed holds
 * ARGV  1 instance  2 the time of Redis at the claimant's last look  3 ms that may have passed since, at most
 *       4 lease ms: so long Redis must have been running  5 ms keys live
 * Gives the ids that are lost now. None when the instance is alive after all, when time has jumped, when Redis has just been
 *       started, or as long as writers elsewhere hold what is open.
 */
export const CLAIM: Script = script(
  NOW,
  KEEP,
  `
local meta, cells, changes, leases, terms, ended, orphans, open, claimed, holds = unpack(KEYS)
local me, looked = ARGV[1], tonumber(ARGV[2])
local lease = redis.call('ZSCORE', leases, me)
if not lease or tonumber(lease) > now then return {} end
if now < looked or now - looked > tonumber(ARGV[3]) then return {} end
local info = redis.pcall('INFO', 'server')
local uptime = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
if uptime and uptime * 1000 < tonumber(ARGV[4]) then return {} end

-- When it was heard of last: the instance, or who worked for it.
local seen = tonumber(lease) - tonumber(redis.call('HGET', terms, me) or '0')
local held, soonest = {}, 0
local all = redis.call('HGETALL', holds)
for i = 1, #all, 2 do
  local ends = tonumber(all[i + 1])
  if ends > now then
    held[string.sub(all[i], string.find(all[i], '/', 1, true) + 1)] = true
    if soonest == 0 or ends < soonest then soonest = ends end
  else
    -- A carrier, which has no writer, says nothing of that.
    if string.sub(all[i], 1, 1) ~= '/' then seen = math.max(seen, ends - tonumber(ARGV[4])) end
    redis.call('HDEL', holds, all[i])
  end
end

local lost, seq = {}, nil
for _, id in ipairs(redis.call('SMEMBERS', open)) do
  if #lost == ${CLAIMED} then break end
  if not held[id] then
    local op = me .. '/' .. id
    seq = seq or redis.call('HINCRBY', meta, 'seq', 1)
    redis.call('HSET', claimed, id, tonumber(redis.call('HGET', claimed, id) or '1') + 1)
    redis.call('SREM', open, id)
    redis.call('HSET', cells, 'x' .. op, string.format('%.0f', seen))
    redis.call('ZADD', changes, seq, 'x' .. op)
    redis.call('ZADD', ended, now, op)
    local span = redis.call('HGET', cells, 's' .. op)
    if span then
      redis.call('RPUSH', orphans, string.format('%.0f', seen) .. ' ' .. me .. ' ' .. span)
      redis.call('HDEL', cells, 's' .. op)
    end
    lost[#lost + 1] = id
  end
end
redis.call('LTRIM', orphans, -${ORPHANS}, -1)
if redis.call('SCARD', open) == 0 then
  redis.call('ZREM', leases, me)
  redis.call('HDEL', terms, me)
elseif #lost < ${CLAIMED} and soonest > 0 then
  redis.call('ZADD', leases, soonest, me)
  redis.call('HSET', terms, me, string.format('%.0f', soonest - seen))
end
for _, key in ipairs({ claimed, orphans, ended, cells, changes, meta }) do keep(key, tonumber(ARGV[5])) end
return lost`,
);
