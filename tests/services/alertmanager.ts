// A real Alertmanager with deploy/alertmanager/alertmanager.yml, asked by its HTTP API which alerts it has.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binary } from "./binaries.js";
import { getJson, type Patience, until } from "./polling.js";
import { freePorts, Server } from "./server.js";

const CONFIG = fileURLToPath(new URL("../../deploy/alertmanager/alertmanager.yml", import.meta.url));

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

export interface Alertmanager extends AsyncDisposable {
  readonly server: Server;
  /** Host and port. */
  readonly target: string;
  /** Alerts that are firing; one that resolved is not among them. */
  alerts(): Promise<Alert[]>;
  alertsUntil(what: string, holds: (alerts: readonly Alert[]) => boolean, patience?: Patience): Promise<Alert[]>;
}

export async function startAlertmanager(): Promise<Alertmanager> {
  const program = binary("ALERTMANAGER_BIN");
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-alertmanager-"));
  const { port } = await freePorts("port");
  const target = `127.0.0.1:${port}`;
  const server = new Server({
    name: "Alertmanager",
    program,
    args: [
      `--config.file=${CONFIG}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${target}`,
      "--cluster.listen-address=",
    ],
    readyUrl: `http://${target}/-/ready`,
  });
  await server.start();
  const alerts = () => getJson<Alert[]>(`http://${target}/api/v2/alerts`);
  return {
    server,
    target,
    alerts,
    alertsUntil: (what, holds, patience) => until(`Alertmanager has ${what}`, alerts, holds, patience),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
