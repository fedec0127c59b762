import { describe, expect, it } from "vitest";
import type { ListOptions } from "../../../src/model.js";
import { keyOf, type PlaceOptions, questionOf } from "../../../src/query/react/question.js";
import { createTestProgress } from "../../../src/testing.js";

const key = (filter: ListOptions, place: PlaceOptions = {}) => keyOf(questionOf(filter, place), () => 7);

describe("a question", () => {
  it("is put to the root of the page's server unless told otherwise, as a stream", () => {
    expect(questionOf({ id: "a" }, {})).toEqual({
      url: "/",
      token: undefined,
      source: undefined,
      pollMillis: undefined,
      filter: { id: "a" },
      order: {},
    });
  });

  it("has an order only when it is polled: whoever shows a stream orders it", () => {
    const filter = { type: "job", limit: 3, sort: "updated" } as const;
    expect(questionOf(filter, {})).toMatchObject({ filter: { type: "job" }, order: {} });
    expect(questionOf(filter, { pollInterval: "2s" })).toMatchObject({
      pollMillis: 2000,
      filter: { type: "job" },
      order: { limit: 3, sort: "updated" },
    });
  });

  it.each([0, 99, -1, Number.NaN, "2" as "2s", "50ms" as const])("refuses to be asked every %s", (pollInterval) => {
    expect(() => questionOf({}, { pollInterval })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTION",
        message: expect.stringMatching(/^pollInterval: expected a duration of at least 100 ms, received /),
      }),
    );
  });
});

describe("the key of a question", () => {
  it("is the same for what means the same", () => {
    const time = "2026-01-01T00:00:00.000Z";
    expect(key({ status: ["running", "failed"], since: new Date(time) })).toBe(
      key({ since: time, status: ["failed", "running", "failed"], type: undefined }),
    );
    expect(key({ limit: 3 })).toBe(key({ limit: 4 }));
    expect(key({}, { url: "/" })).toBe(key({}));
    expect(key({}, { pollInterval: "2s" })).toBe(key({}, { pollInterval: 2000 }));
  });

  it("is another for everything that makes a difference", () => {
    const { progress } = createTestProgress();
    const different = [
      key({}),
      key({ id: "a" }),
      key({ type: "a" }),
      key({ text: "a" }),
      key({ status: ["lost"] }),
      key({ since: "2026-01-01T00:00:00Z" }),
      key({ since: new Date(Number.NaN) }),
      key({ until: "2026-01-01T00:00:00Z" }),
      key({ parentId: null }),
      key({ parentId: "a" }),
      key({}, { url: "/progress" }),
      key({}, { token: "t" }),
      key({}, { source: progress.live }),
      key({}, { pollInterval: "1s" }),
      key({}, { pollInterval: "2s" }),
      key({ limit: 3 }, { pollInterval: "2s" }),
      key({ sort: "updated" }, { pollInterval: "2s" }),
    ];
    expect(new Set(different).size).toBe(different.length);
  });

  it("knows a source by its number: address and token mean nothing then", () => {
    const { live } = createTestProgress().progress;
    expect(key({}, { source: live, url: "/a", token: "t" })).toBe('{"source":7}');
  });
});
