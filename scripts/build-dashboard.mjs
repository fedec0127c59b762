// Writes deploy/grafana/dashboards/otel-progress.json, which Grafana loads (docker-compose.yml). The dashboard is code, so that one
// expression is written once; tests/backends/metrics.backend.test.ts runs every query of it in a real Prometheus.
//
//   node scripts/build-dashboard.mjs           writes the file
//   node scripts/build-dashboard.mjs --print   prints what it would write
//
// Data sources are named by the uids of deploy/grafana/provisioning/datasources/datasources.yml, metrics as docs/backends.md says.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { BigValueColorMode, BigValueGraphMode, ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

const PROMETHEUS = { type: "prometheus", uid: "prometheus" };
const JAEGER = { type: "jaeger", uid: "jaeger" };

/** What the two variables at the top choose. */
const CHOSEN = 'job=~"$job", progress_operation_type=~"$type"';
/** The Collector goes on exposing the last values of a process that is gone; as old as that is not "now". As in rules.yml. */
const ALIVE = "and on (job, instance) (time() - progress_instance_heartbeat_time_seconds < 180)";
const OPERATION = "job, instance, progress_operation_type, progress_operation_name, progress_operation_id";
const alive = (metric) => `${metric}{${CHOSEN}} ${ALIVE}`;
/** How far durations look back: runs end rarely, and less would often show nothing. */
const LONG = "1h";

// Queries.

const query = (expr, legend = "__auto") => new DataqueryBuilder().expr(expr).legendFormat(legend).range();
const now = (expr) => new DataqueryBuilder().expr(expr).instant();
const rows = (expr) => now(expr).format(PromQueryFormat.Table);

/** A search in Jaeger; the package has no builder for it. */
const traces = (tags) => ({
  build: () => ({ datasource: JAEGER, queryType: "search", service: "$service", operation: "", tags, limit: 20 }),
});

/** Explore, with a search in Jaeger. What Grafana fills in ("${…}") must not be encoded. */
function exploreJaeger(service, tags) {
  const range = { from: "now-24h", to: "now" };
  const search = { refId: "A", datasource: JAEGER, queryType: "search", service, tags, limit: 20 };
  const panes = JSON.stringify({ traces: { datasource: JAEGER.uid, queries: [search], range } });
  const encoded = panes.split(/(\$\{[^}]*\})/).map((part, i) => (i % 2 === 0 ? encodeURIComponent(part) : part));
  return `/explore?schemaVersion=1&orgId=1&panes=${encoded.join("")}`;
}

// Panels. Widths are of 24 columns.

const lastValue = () => new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
const thresholds = (...steps) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps.map(([value, color]) => ({ value, color })));
const CALM = [[null, "blue"]];
/** Any at all is worth a look. */
const ALARM = [
  [null, "green"],
  [1, "red"],
];

function stat(title, description, expr, steps = CALM) {
  return new StatBuilder()
    .title(title)
    .description(description)
    .withTarget(now(expr))
    .datasource(PROMETHEUS)
    .reduceOptions(lastValue())
    .thresholds(thresholds(...steps))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .noValue("0")
    .decimals(0)
    .height(4)
    .span(4);
}

function series(title, description, unit, ...targets) {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .datasource(PROMETHEUS)
    .fillOpacity(10)
    .height(8)
    .span(12);
  for (const target of targets) panel.withTarget(target);
  return panel;
}

function table(title, description, dataSource, ...targets) {
  const panel = new TableBuilder().title(title).description(description).datasource(dataSource).height(8).span(24);
  for (const target of targets) panel.withTarget(target);
  return panel;
}

/** Joins the rows of all queries by their labels, and names the columns, in this order; others are left out. */
function columns(panel, names, left = ["Time"]) {
  const order = Object.fromEntries(Object.keys(names).map((name, index) => [name, index]));
  const exclude = Object.fromEntries(left.map((name) => [name, true]));
  return panel.withTransformation({ id: "merge", options: {} }).withTransformation({
    id: "organize",
    options: { excludeByName: exclude, indexByName: order, renameByName: names },
  });
}

const field = (id, value) => ({ id, value });

function operations() {
  const each = (metric) => `sum by (${OPERATION}) (${alive(metric)})`;
  // Jaeger knows a service by its name; job has the namespace before it.
  const elapsed = `label_replace(${each("progress_operation_elapsed_time_seconds")}, "service", "$1", "job", "(?:.*/)?(.+)")`;
  const panel = table(
    "Running operations",
    "The longest running 100 of each process, from an age of one export on. A click on an id finds its spans.",
    PROMETHEUS,
    rows(elapsed).refId("Elapsed"),
    rows(each("progress_operation_ratio")).refId("Done"),
    rows(each("progress_operation_rate_per_second")).refId("Rate"),
    rows(each("progress_operation_remaining_time_seconds")).refId("Remaining"),
  ).height(10);
  const byId = exploreJaeger(`\${__data.fields.service}`, `progress.operation.id="\${__data.fields.id}"`);
  return columns(
    panel,
    {
      progress_operation_name: "operation",
      progress_operation_type: "type",
      "Value #Done": "done",
      "Value #Rate": "rate",
      "Value #Elapsed": "elapsed",
      "Value #Remaining": "remaining",
      service: "service",
      instance: "instance",
      progress_operation_id: "id",
    },
    ["Time", "job"],
  )
    .overrideByName("done", [
      field("unit", "percentunit"),
      field("min", 0),
      field("max", 1),
      field("custom.cellOptions", { type: "gauge", mode: "basic", valueDisplayMode: "text" }),
    ])
    .overrideByName("rate", [field("unit", "short"), field("decimals", 1)])
    .overrideByName("elapsed", [field("unit", "s")])
    .overrideByName("remaining", [field("unit", "s")])
    .overrideByName("id", [field("links", [{ title: "Spans in Jaeger", url: byId }])]);
}

/**
 * By how much a counter grew, seen from 0 where it appeared meanwhile: increase() takes the first value of a counter for old, and so
 * would miss the first failure of each kind. Counters do not start over: every process is an instance of its own.
 */
const grown = (metric, range) =>
  `(max_over_time(${metric}[${range}]) - (${metric} offset ${range} or 0 * max_over_time(${metric}[${range}])))`;
const finished = (status, range) =>
  grown(`progress_operation_finished_total{${CHOSEN}, progress_status=~"${status}"}`, range);
const failures = `progress_operation_duration_seconds_count{${CHOSEN}, progress_status="failed"}`;

const perLevel = (what) =>
  `sum by (progress_operation_type, progress_level_type) (${grown(`progress_level_duration_seconds_${what}{${CHOSEN}}`, LONG)})`;

const rowsOfPanels = {
  Now: [
    stat("Running", "Operations, in processes that are alive", `sum(${alive("progress_operation_active")})`),
    stat(
      "Stalled",
      "Of these, the ones that have not moved for longer than their own limit",
      `sum(${alive("progress_operation_stalled")})`,
      ALARM,
    ),
    stat("Completed", "In the time range chosen above", `sum(${finished("completed", "$__range")})`),
    stat("Failed", "In the time range chosen above", `sum(${finished("failed", "$__range")})`, ALARM),
    stat(
      "Processes",
      "That were heard of in the last three minutes",
      'count(time() - progress_instance_heartbeat_time_seconds{job=~"$job"} < 180)',
    ),
    stat(
      "Alerts",
      "That fire; what to do about each is in docs/alerts.md",
      'count(ALERTS{alertname=~"Progress.+", alertstate="firing", job=~"$job"})',
      ALARM,
    ),
    operations(),
  ],
  Progress: [
    series(
      "How far",
      "Share done of each running operation",
      "percentunit",
      query(`max by (${OPERATION}) (${alive("progress_operation_ratio")})`, "{{progress_operation_name}}"),
    ).max(1),
    series(
      "Time left",
      "Estimated, of each running operation",
      "s",
      query(
        `max by (${OPERATION}) (${alive("progress_operation_remaining_time_seconds")})`,
        "{{progress_operation_name}}",
      ),
    ),
    series(
      "Items per second, by operation",
      "Of each running operation",
      "short",
      query(`max by (${OPERATION}) (${alive("progress_operation_rate_per_second")})`, "{{progress_operation_name}}"),
    ),
    series(
      "Items per second, by type",
      "Of all operations together, short ones too; failed and skipped items are lines of their own",
      "short",
      query(
        `sum by (progress_operation_type, progress_level_type, progress_item_status) (rate(progress_items_total{${CHOSEN}}[$__rate_interval]))`,
        "{{progress_operation_type}} {{progress_level_type}} {{progress_item_status}}",
      ),
    ),
  ],
  "Stalls and failures": [
    series(
      "Running and stalled",
      "Operations by type",
      "short",
      query(`sum by (progress_operation_type) (${alive("progress_operation_active")})`, "{{progress_operation_type}}"),
      query(
        `sum by (progress_operation_type) (${alive("progress_operation_stalled")})`,
        "{{progress_operation_type}} stalled",
      ),
    ),
    series(
      "Longest running",
      "The age of the oldest one, and twice of what 95 % of its kind took, where enough have completed",
      "s",
      query(
        `time() - min by (job, progress_operation_type) (progress_operation_oldest_start_time_seconds{${CHOSEN}} and on (job, instance, progress_operation_type) (progress_operation_active > 0) ${ALIVE})`,
        "{{progress_operation_type}}",
      ),
      query(
        `2 * max by (job, progress_operation_type) (progress_operation_expected_duration_seconds{${CHOSEN}} ${ALIVE})`,
        "{{progress_operation_type}} late",
      ),
    ),
    series(
      "Ended",
      "Operations in a quarter of an hour, by status",
      "short",
      query(
        `sum by (progress_operation_type, progress_status) (${finished(".+", "15m")})`,
        "{{progress_operation_type}} {{progress_status}}",
      ),
    ),
    series(
      "Failed",
      "Share of the operations that ended in a quarter of an hour; cancelled ones are left out",
      "percentunit",
      query(
        `sum by (progress_operation_type) (${finished("failed", "15m")}) / (sum by (progress_operation_type) (${finished("completed|failed", "15m")}) > 0)`,
        "{{progress_operation_type}}",
      ),
    ).max(1),
    columns(
      table(
        "Why they failed",
        "In the time range chosen above: the code of the error, or its class",
        PROMETHEUS,
        rows(`sum by (job, progress_operation_type, error_type) (${grown(failures, "$__range")}) > 0`),
      ).span(12),
      { progress_operation_type: "type", error_type: "error", job: "job", Value: "operations" },
    ),
    columns(
      table(
        "Alerts that fire",
        "What to do about each is in docs/alerts.md",
        PROMETHEUS,
        rows('ALERTS{alertname=~"Progress.+", alertstate="firing", job=~"$job"}'),
      ).span(12),
      {
        alertname: "alert",
        severity: "severity",
        job: "job",
        progress_operation_type: "type",
        instance: "instance",
      },
      ["Time", "Value", "__name__", "alertstate"],
    ),
  ],
  Durations: [
    series(
      "Operations",
      `Median and 95th percentile of the operations that completed within ${LONG}, by type`,
      "s",
      ...[0.5, 0.95].map((quantile) =>
        query(
          `histogram_quantile(${quantile}, sum by (le, progress_operation_type) (${grown(`progress_operation_duration_seconds_bucket{${CHOSEN}, progress_status="completed"}`, LONG)}))`,
          `{{progress_operation_type}} ${quantile * 100} %`,
        ),
      ),
    ),
    series(
      "Levels",
      `Mean of the levels that ended within ${LONG}, by type`,
      "s",
      query(`${perLevel("sum")} / (${perLevel("count")} > 0)`, "{{progress_operation_type}} {{progress_level_type}}"),
    ),
    series(
      "Spans",
      `95th percentile by name, as the Collector counts them within ${LONG}; a dot leads to its trace in Jaeger`,
      "ms",
      query(
        `histogram_quantile(0.95, sum by (le, span_name) (${grown('traces_span_metrics_duration_milliseconds_bucket{job=~"$job"}', LONG)}))`,
        "{{span_name}}",
      ).exemplar(true),
    ).span(24),
  ],
  "Traces in Jaeger": [
    table("Failed", "Click on an id to see the trace", JAEGER, traces("progress.status=failed")).span(8),
    table(
      "Lost",
      "Their process died, and another one found them; click on an id to see the trace",
      JAEGER,
      traces("progress.status=lost"),
    ).span(8),
    table("All", "Click on an id to see the trace", JAEGER, traces("")).span(8),
  ],
  Losses: [
    series(
      "In processes",
      "What otel-progress refused, dropped or ignored, in five minutes: misuse, or a limit that was reached",
      "short",
      query(
        `sum by (job, progress_loss_cause) (${grown('progress_losses_total{job=~"$job"}', "5m")}) > 0`,
        "{{job}} {{progress_loss_cause}}",
      ),
    ),
    series(
      "In the Collector",
      "Spans and points of metrics per second that it accepted, and that it refused because it was short of memory",
      "short",
      ...["spans", "metric_points"].flatMap((what) =>
        ["accepted", "refused"].map((how) =>
          query(`sum(rate(otelcol_receiver_${how}_${what}[$__rate_interval]))`, `${what.replace("_", " ")} ${how}`),
        ),
      ),
    ),
  ],
};

const variable = (name, label, expr) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query: expr, refId: "A" })
    .definition(expr)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
const severalOf = (builder) =>
  builder.multi(true).includeAll(true).allValue(".*").current({ text: "All", value: "$__all" });

const link = (title, url) =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).icon("external link").targetBlank(true);

function build() {
  const dashboard = new DashboardBuilder("Progress")
    .uid("otel-progress")
    .description(
      "Long-running work: what runs, how far it is, what is stuck. Generated by scripts/build-dashboard.mjs.",
    )
    .tags(["otel-progress"])
    .timezone("browser")
    .time({ from: "now-1h", to: "now" })
    .refresh("15s")
    .readonly()
    .withVariable(severalOf(variable("job", "Service", "label_values(progress_instance_heartbeat_time_seconds, job)")))
    .withVariable(
      severalOf(
        variable("type", "Type", 'label_values(progress_operation_active{job=~"$job"}, progress_operation_type)'),
      ),
    )
    .withVariable(
      variable("service", "Service in Jaeger", 'label_values(progress_operation_active{job=~"$job"}, job)').regex(
        "/(?:.*\\/)?(.+)/",
      ),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name("Alerts")
        .datasource(PROMETHEUS)
        .enable(true)
        .iconColor("red")
        .expr('ALERTS{alertname=~"Progress.+", alertstate="firing", job=~"$job"}')
        .titleFormat("{{alertname}}")
        .textFormat("{{job}} {{progress_operation_type}} {{instance}}"),
    )
    .link(link("Traces", exploreJaeger(`\${service}`, "")))
    .link(link("Alertmanager", "/alerting/groups?alertmanager=Alertmanager"));
  let id = 0;
  for (const [title, panels] of Object.entries(rowsOfPanels)) {
    dashboard.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) dashboard.withPanel(panel.id(++id));
  }
  const model = dashboard.build();
  // The package puts links and annotations into a menu; at the top of the page they are seen.
  for (const item of [...model.links, ...model.annotations.list]) delete item.placement;
  return model;
}

/** Formatted as everything else here is. */
function format(json) {
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  const args = [biome, "format", "--stdin-file-path=otel-progress.json"];
  const root = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync(process.execPath, args, { cwd: root, input: json, encoding: "utf8" });
}

const text = format(JSON.stringify(build()));
if (process.argv[2] === "--print") process.stdout.write(text);
else writeFileSync(new URL("../deploy/grafana/dashboards/otel-progress.json", import.meta.url), text);
