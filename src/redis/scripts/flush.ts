// What an instance has to say: changed operations, and that it is alive. One call per tick; by far the most frequent script.

import { KEEP, NOW, type Script, script } from "./script.js";

/** Removed operations remembered for readers that are behind; who is further behind reads everything anew. */
const GONE_KEPT = 10_000;
/** Ended operations forgotten by one call, at most, for each reason. */
const TRIMMED = 100;
/** Messages handed over by one call. */
const MESSAGES = 100;

/**
 * KEYS  meta cells changes gone leases terms ended, and of the instance: writer open claimed inbox
 * ARGV  1 instance  2 number of this write  3 number of the last acknowledged one  4 lease ms  5 operations open in all
 *       6 a fresh birth  7 the birth known to the caller  8 claims known to it  9 ended ones kept  10 ms they are kept
 *       11 ms keys live, 0: do not look at that now  12 number of operations; then of each: id, what
 *       (O begun or whole, o changed, E ended, R removed), epoch, number of cells, and of each cell group and JSON; that of the group
 *       n gets the time before it
 * Gives { 'stale' } when a later write was there before: nothing is done.
 * Else  { 'ok' or 'forgot', birth, claims (id, epoch, …) if there are others than known, messages }.
 *       'forgot': Redis has lost something that it had acknowledged. All is to be written anew.
 * What is written about an operation with an older epoch than that of its claim is ignored.
 */
export const FLUSH: Script = script(
  NOW,
  KEEP,
  `
local meta, cells, changes, gone, leases, terms, ended = unpack(KEYS, 1, 7)
local writer, open, claimed, inbox = unpack(KEYS, 8, 11)
local me, number, acknowledged = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = tonumber(redis.call('HGET', writer, 'n') or '0')
if number <= stored then return { 'stale' } end

local birth = redis.call('HGET', meta, 'birth')
if not birth or (stored < acknowledged and birth == ARGV[7]) then
  birth = ARGV[6]
  redis.call('HSET', meta, 'birth', birth)
end
-- Said until the caller has heard it.
local forgot = acknowledged > 0 and birth ~= ARGV[7]
redis.call('HSET', writer, 'n', number)

local seq
local function change()
  seq = seq or redis.call('HINCRBY', meta, 'seq', 1)
  return seq
end
local function clear(op)
  local n = redis.call('HDEL', cells, 'a' .. op, 'n' .. op, 'l' .. op, 'c' .. op, 'x' .. op, 's' .. op)
  redis.call('ZREM', changes, 'a' .. op, 'n' .. op, 'l' .. op, 'c' .. op, 'x' .. op)
  return n
end
local function remove(op)
  redis.call('ZREM', ended, op)
  if clear(op) > 0 then redis.call('ZADD', gone, change(), op) end
end

local written = string.format('%.0f ', now)
local values, marks = {}, {}
local function write()
  if #values > 0 then redis.call('HSET', cells, unpack(values)) end
  if #marks > 0 then redis.call('ZADD', changes, unpack(marks)) end
  values, marks = {}, {}
end
local claims = redis.call('HLEN', claimed)
local some = false
local at = 13
for _ = 1, tonumber(ARGV[12]) do
  local id, what, epoch, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  at = at + 4
  local op = me .. '/' .. id
  if claims > 0 and tonumber(redis.call('HGET', claimed, id) or '1') > epoch then
    -- Others have told its end.
  elseif what == 'R' then
    redis.call('SREM', open, id)
    remove(op)
  else
    if what ~= 'o' then clear(op) end
    if what == 'O' then
      redis.call('SADD', open, id)
      redis.call('ZREM', ended, op)
    elseif what == 'E' then
      redis.call('SREM', open, id)
      redis.call('ZADD', ended, now, op)
      some = true
    end
    redis.call('ZREM', gone, op)
    for c = at, at + 2 * count - 2, 2 do
      local field = ARGV[c] .. op
      values[#values + 1] = field
      values[#values + 1] = ARGV[c] == 'n' and ARGV[c + 1] ~= '' and written .. ARGV[c + 1] or ARGV[c + 1]
      if ARGV[c] ~= 's' then
        marks[#marks + 1] = change()
        marks[#marks + 1] = field
      end
    end
    if #values > 2000 then write() end
  end
  at = at + 2 * count
end
write()

if tonumber(ARGV[5]) > 0 then
  redis.call('ZADD', leases, now + tonumber(ARGV[4]), me)
  redis.call('HSET', terms, me, ARGV[4])
else
  redis.call('ZREM', leases, me)
  redis.call('HDEL', terms, me)
end

local ttl = tonumber(ARGV[11])
if some or ttl > 0 then
  local over = redis.call('ZCARD', ended) - tonumber(ARGV[9])
  if over > 0 then
    for _, op in ipairs(redis.call('ZRANGE', ended, 0, math.min(over, ${TRIMMED}) - 1)) do remove(op) end
  end
  for _, op in ipairs(redis.call('ZRANGEBYSCORE', ended, '-inf', now - tonumber(ARGV[10]), 'LIMIT', 0, ${TRIMMED})) do
    remove(op)
  end
end
local many = redis.call('ZCARD', gone) - ${GONE_KEPT}
if many > 0 then
  local popped = redis.call('ZPOPMIN', gone, many + ${GONE_KEPT / 10})
  redis.call('HSET', meta, 'floor', popped[#popped])
end
if ttl > 0 then
  for _, key in ipairs(KEYS) do keep(key, ttl) end
end

local news = {}
if claims ~= tonumber(ARGV[8]) then news = redis.call('HGETALL', claimed) end
local messages = redis.call('LRANGE', inbox, 0, ${MESSAGES - 1})
if #messages > 0 then redis.call('LTRIM', inbox, #messages, -1) end
return { forgot and 'forgot' or 'ok', birth, news, messages }`,
);
