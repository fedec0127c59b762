// Ports for servers that go away and come back at the same place, and for places where nobody is: not among those that a system
// gives to whoever asks for any, or somebody else would be there now and then.

import { once } from "node:events";
import { createServer } from "node:net";

const FIRST = 20_000;
const COUNT = 10_000;
/** Test files run beside each other in processes of their own: each begins somewhere else. */
let next = process.pid * 16;

/** A port of 127.0.0.1 at which nobody listens, and nobody will by chance. */
export async function ownPort(): Promise<number> {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (next++ % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`all ports from ${FIRST} on are taken`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
