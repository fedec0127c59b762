import { beforeEach, describe, expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { Entry } from "../../src/state/entry.js";
import { InFlight, type OpenSpan } from "../../src/state/in-flight.js";
import { Kind, Tally } from "../../src/state/kind.js";

const operation = (id: string) =>
  new Entry(new Float64Array(1), new Kind("job", undefined, new Tally()), id, undefined, undefined, undefined);
const span = (key: string, parentKey: string | undefined, startedMillis: number): OpenSpan => ({
  key,
  parentKey,
  name: `span ${key}`,
  startedMillis,
  attributes: { "http.route": `/${key}` },
});

let diagnostics: Diagnostics;
let inFlight: InFlight;
let job: Entry;
const waitingOn = (now = 0) => inFlight.waitingOn(job, now).map(({ name }) => name);

beforeEach(() => {
  diagnostics = new Diagnostics({ warn() {} });
  inFlight = new InFlight(diagnostics);
  job = operation("job");
});

describe("InFlight", () => {
  it("an operation without spans waits for nothing", () => {
    expect(waitingOn()).toEqual([]);
  });

  it("names the innermost open spans with what is known about them", () => {
    inFlight.opened(job, span("outer", undefined, 1_000));
    inFlight.opened(job, span("inner", "outer", 2_000));
    expect(inFlight.waitingOn(job, 4_500)).toEqual([
      { name: "span inner", elapsedSeconds: 2.5, attributes: { "http.route": "/inner" } },
    ]);
    inFlight.closed("inner");
    expect(waitingOn()).toEqual(["span outer"]);
  });

  it("shows the five that wait longest, longest first", () => {
    for (const at of [5, 3, 1, 6, 2, 4]) inFlight.opened(job, span(String(at), undefined, at));
    expect(waitingOn()).toEqual(["span 1", "span 2", "span 3", "span 4", "span 5"]);
  });

  it("a span that starts in the future has waited for no time", () => {
    inFlight.opened(job, span("a", undefined, 2_000));
    expect(inFlight.waitingOn(job, 1_000)[0]!.elapsedSeconds).toBe(0);
  });

  it("hands out copies of the attributes", () => {
    const attributes = { a: 1 };
    inFlight.opened(job, { ...span("a", undefined, 0), attributes });
    const [before] = inFlight.waitingOn(job, 0);
    attributes.a = 2;
    expect([before!.attributes, inFlight.waitingOn(job, 0)[0]!.attributes]).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("knows whose span it is until it closes or its operation ends", () => {
    const other = operation("other");
    inFlight.opened(job, span("a", undefined, 0));
    inFlight.opened(job, span("b", undefined, 0));
    inFlight.opened(other, span("c", undefined, 0));
    expect(["a", "b", "c", "d"].map((key) => inFlight.operationOf(key)?.id)).toEqual([
      "job",
      "job",
      "other",
      undefined,
    ]);
    inFlight.closed("a");
    inFlight.closed("a");
    inFlight.forget(job);
    inFlight.forget(job);
    inFlight.closed("b");
    expect(["a", "b", "c"].map((key) => inFlight.operationOf(key)?.id)).toEqual([undefined, undefined, "other"]);
    expect(waitingOn()).toEqual([]);
  });

  it("follows at most 256 spans of an operation, and counts the others", () => {
    for (let n = 0; n < 300; n++) inFlight.opened(job, span(String(n), undefined, n));
    expect([inFlight.operationOf("255")?.id, inFlight.operationOf("256"), diagnostics.losses()]).toEqual([
      "job",
      undefined,
      { spans_untracked: 44 },
    ]);
    inFlight.closed("0");
    inFlight.opened(job, span("later", undefined, 0));
    expect(inFlight.operationOf("later")).toBe(job);
  });
});
