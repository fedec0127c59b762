// What a writer in another process has done for an operation, and that it is alive. Gives back what the owner tells it.

import { KEEP, NOW, type Script, script } from "./script.js";

/** States of writers kept for one owner. */
const SHARES = 10_000;

/**
 * KEYS  of the owner: writer holds shares arrivals notices
 * ARGV  1 <writer>/<id of the operation>, without a writer for its carriers  2 id of the operation  3 state, empty: only that it
 *       is alive  4 whether something of it is open: 1 or 0  5 lease ms  6 ms keys live
 * Gives { 1; 0 when the owner has too many; 2 when nothing but that it is alive is known of it, what the owner tells its writers }.
 */
export const SHARE: Script = script(
  NOW,
  KEEP,
  `
local writer, holds, shares, arrivals, notices = unpack(KEYS)
local field, ttl = ARGV[1], tonumber(ARGV[6])
local known = redis.call('HEXISTS', shares, field) == 1
-- A carrier, which has no writer, has no state to be kept.
if not known and string.sub(field, 1, 1) ~= '/' and redis.call('HLEN', shares) >= ${SHARES} then return { 0, '' } end
if ARGV[4] == '1' then redis.call('HSET', holds, field, string.format('%.0f', now + tonumber(ARGV[5])))
else redis.call('HDEL', holds, field) end
if ARGV[3] ~= '' then
  redis.call('HSET', shares, field, ARGV[3])
  redis.call('ZADD', arrivals, redis.call('HINCRBY', writer, 'arrivals', 1), field)
  known = true
end
for _, key in ipairs({ writer, holds, shares, arrivals }) do keep(key, ttl) end
return { known and 1 or 2, redis.call('HGET', notices, ARGV[2]) or '' }`,
);
