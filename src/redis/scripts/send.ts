// A message to the instance that runs an operation.

import { KEEP, type Script, script } from "./script.js";

/** Messages that wait; more are refused. */
const WAITING = 1_000;

/**
 * KEYS  of the instance: open inbox
 * ARGV  1 id of the operation  2 message  3 ms it is kept
 * Gives 1; 0 when the operation is not open there, or too many messages wait.
 */
export const SEND: Script = script(
  KEEP,
  `
local open, inbox = unpack(KEYS)
if redis.call('SISMEMBER', open, ARGV[1]) == 0 or redis.call('LLEN', inbox) >= ${WAITING} then return 0 end
redis.call('RPUSH', inbox, ARGV[2])
keep(inbox, tonumber(ARGV[3]))
return 1`,
);
