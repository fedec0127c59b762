// Which versions of the schema are in use below one prefix.

import { NOW, type Script, script } from "./script.js";

/**
 * KEYS  versions
 * ARGV  1 version of the caller, empty for one that only reads  2 ms for which a version counts as in use
 * Gives the versions in use.
 */
export const VERSIONS: Script = script(
  NOW,
  `
local ttl = tonumber(ARGV[2])
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ttl)
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return redis.call('ZRANGEBYSCORE', KEYS[1], now - ttl, '+inf')`,
);
