import { expect, test } from "vitest";
import { PROBLEMS, problemDetails, problemResponse, quote, RequestProblem } from "../../src/query/problem.js";

test("a problem is told as RFC 9457 wants it", async () => {
  const problem = new RequestProblem("invalid-parameter", "limit: too much", {
    parameter: "limit",
    headers: { allow: "GET" },
  });
  const response = problemResponse(problem);
  expect(response.status).toBe(400);
  expect(Object.fromEntries(response.headers)).toEqual({ allow: "GET", "content-type": "application/problem+json" });
  expect(await response.json()).toEqual({
    type: "urn:otel-progress:invalid-parameter",
    title: "A parameter is wrong",
    status: 400,
    detail: "limit: too much",
    parameter: "limit",
  });
});

test("what there is nothing to say about is left out", () => {
  expect(problemDetails("overloaded")).toEqual({
    type: "urn:otel-progress:overloaded",
    title: "Too many connections",
    status: 503,
  });
});

test("every problem is an error of the caller or of the server", () => {
  for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).not.toBe("");
  }
});

test("text of a stranger is repeated on one line and not for ever", () => {
  expect(quote('a"\r\nb')).toBe('"a\\"\\r\\nb"');
  expect(quote("x".repeat(100))).toBe(`"${"x".repeat(60)}…"`);
});
