// Between a program and a server: hands on every byte, late or not at all. For a Collector or a Redis that is slow, or hangs.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  /** Milliseconds by which everything is handed on later, in each direction. */
  delayMillis: number;
  /** Takes everything and hands on nothing, while true. */
  hanging: boolean;
  /** Breaks all connections, whatever is on its way; new ones are welcome. */
  cut(): void;
}

export async function startSlowProxy(targetPort: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const state = { delayMillis: 0, hanging: false };
  const relay = async (from: Socket, to: Socket) => {
    try {
      for await (const chunk of from) {
        await sleep(state.delayMillis);
        while (state.hanging && !to.destroyed) await sleep(50);
        if (!to.write(chunk)) await once(to, "drain");
      }
      to.end();
    } catch {
      // One end is gone: so is the other.
      to.destroy();
    }
  };
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    }
    void relay(client, upstream);
    void relay(upstream, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      state.hanging = false;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
