// What has changed in a partition since a reader last looked: the latest of each cell, and what is gone. Reads only.

import { NOW, type Script, script } from "./script.js";

/**
 * KEYS  meta cells changes gone
 * ARGV  1 birth the reader knows  2 seq it is at  3 cells per page, about
 * Gives { birth, seq the reader is then at, seq of the partition, 1 when there is more, 1 when the reader has to begin anew, fields, values,
 *       gone, the time }. Without a birth there is nothing at all.
 */
export const PULL: Script = script(
  NOW,
  `
local meta, cells, changes, gone = unpack(KEYS)
local known = redis.call('HMGET', meta, 'birth', 'seq', 'floor')
local birth, seq, floor = known[1] or '', tonumber(known[2] or '0'), tonumber(known[3] or '0')
local since, anew = tonumber(ARGV[2]), 0
if birth ~= ARGV[1] or since > seq or (since > 0 and since < floor) then since, anew = 0, 1 end
if birth == '' or since == seq then return { birth, seq, seq, 0, anew, {}, {}, {}, now } end

local from, to, more = '(' .. since, seq, 0
local last = redis.call('ZRANGEBYSCORE', changes, from, '+inf', 'WITHSCORES', 'LIMIT', tonumber(ARGV[3]) - 1, 1)
if last[2] and tonumber(last[2]) < seq then to, more = tonumber(last[2]), 1 end
local fields = redis.call('ZRANGEBYSCORE', changes, from, to)
local values = {}
for at = 1, #fields, 1000 do
  for _, value in ipairs(redis.call('HMGET', cells, unpack(fields, at, math.min(at + 999, #fields)))) do
    values[#values + 1] = value or ''
  end
end
local removed = {}
if since > 0 then removed = redis.call('ZRANGEBYSCORE', gone, from, to) end
return { birth, to, seq, more, anew, fields, values, removed, now }`,
);
