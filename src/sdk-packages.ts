// The packages of OpenTelemetry that only exporting needs. They are optional, so each of them may be missing.

export const SDK_PACKAGES = [
  "@opentelemetry/sdk-node",
  "@opentelemetry/sdk-trace",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/resources",
  "@opentelemetry/exporter-trace-otlp-http",
  "@opentelemetry/exporter-metrics-otlp-http",
] as const;

/** Why the set-up failed, on one line; for a package that is missing what to install, in place of the path of our own file. */
export function whySetUpFailed(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const [first] = String(message ?? error).split(/\n| imported from /);
  return code === "ERR_MODULE_NOT_FOUND" ? `${first}: npm install ${SDK_PACKAGES.join(" ")}` : first!;
}
