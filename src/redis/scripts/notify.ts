// What an owner tells the writers of an operation: they read it with the next thing they say.

import { KEEP, type Script, script } from "./script.js";

/**
 * KEYS  of the owner: notices
 * ARGV  1 id of the operation  2 notice, empty: nothing any more  3 ms the key lives
 */
export const NOTIFY: Script = script(
  KEEP,
  `
if ARGV[2] == '' then return redis.call('HDEL', KEYS[1], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
keep(KEYS[1], tonumber(ARGV[3]))
return 1`,
);
