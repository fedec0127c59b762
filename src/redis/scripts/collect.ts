// What writers have done since their owner last asked, and who of them has gone without a word. Takes away what is of no use.

import { NOW, type Script, script } from "./script.js";

/** States given by one call. */
const PAGE = 200;

/**
 * KEYS  of the owner: writer holds shares arrivals
 * ARGV  1 number of the arrival up to which the owner has everything; then the fields of writers it wants to hear no more of
 * Gives { number of the last arrival given, fields, states, fields of writers whose lease has run out }. The number 0 after
 * another one means that Redis has forgotten: it is to be asked anew.
 */
export const COLLECT: Script = script(
  NOW,
  `
local writer, holds, shares, arrivals = unpack(KEYS)
for at = 2, #ARGV do
  redis.call('HDEL', holds, ARGV[at])
  redis.call('HDEL', shares, ARGV[at])
  redis.call('ZREM', arrivals, ARGV[at])
end
local since = tonumber(ARGV[1])
if tonumber(redis.call('HGET', writer, 'arrivals') or '0') < since then return { 0, {}, {}, {} } end
local found = redis.call('ZRANGEBYSCORE', arrivals, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ${PAGE})
local fields, states = {}, {}
for at = 1, #found, 2 do
  fields[#fields + 1] = found[at]
  states[#states + 1] = redis.call('HGET', shares, found[at]) or ''
  since = tonumber(found[at + 1])
end
local gone, all = {}, redis.call('HGETALL', holds)
for at = 1, #all, 2 do
  -- Not before everything it said was given.
  if #fields < ${PAGE} and tonumber(all[at + 1]) <= now then gone[#gone + 1] = all[at] end
end
return { since, fields, states, gone }`,
);
