// Time in the configuration of Prometheus and the Collector, run faster: so that what takes minutes is tested in seconds. Every
// duration is divided by the same number, and nothing else changes, so what follows what stays as it is.

const MILLIS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** Durations as YAML and PromQL have them ("15s", "[1h]"), and the seconds that the age of a heartbeat is compared with. */
export function faster(text: string, times: number): string {
  return text
    .replaceAll(/(?<=[\s[])(\d+)([smh])(?=[\]\s])/g, (_, count: string, unit: string) => {
      return `${Math.round((Number(count) * MILLIS[unit]!) / times)}ms`;
    })
    .replaceAll(/(heartbeat_time_seconds.* (?:<|>=) )(\d+)$/gm, (_, age: string, seconds: string) => {
      return age + Number(seconds) / times;
    });
}
