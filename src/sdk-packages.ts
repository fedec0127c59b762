// The packages of OpenTelemetry that only exporting needs. They are optional, so each of them may be missing.

export const SDK_PACKAGES = [
  "@opentelemetry/sdk-node",
  "@opentelemetry/sdk-trace",
  "@opentelemetry/sdk-metrics",
  "@opentelemetry/resources",
  "@opentelemetry/exporter-trace-otlp-http",
  "@opentelemetry/exporter-metrics-otlp-http",
] as const;

/**
 * Why the set-up failed, on one line; for a package that is missing what to install, in place of the path of our own file. The
 * versions of these packages that Node.js 20 can run want an API that is older than the latest: npm refuses beside that one.
 */
export function whySetUpFailed(error: unknown, nodeVersion: string): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const [first] = String(message ?? error).split(/\n| imported from /);
  if (code !== "ERR_MODULE_NOT_FOUND") return first!;
  const packages = nodeVersion.startsWith("20.") ? ["@opentelemetry/api@1.9", ...SDK_PACKAGES] : SDK_PACKAGES;
  return `${first}: npm install ${packages.join(" ")}`;
}
