// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { SHOW, SINCE, SORT } from "../../../src/query/web/client/choices.js";
import { PAGE } from "../../../src/query/web/page.js";

describe("the page", () => {
  const page = new DOMParser().parseFromString(PAGE.replace(/<link.*|<script.*/g, ""), "text/html");
  const values = (name: string) =>
    [...page.querySelectorAll(`select[name=${name}] option`)].map((o) => o.getAttribute("value"));

  it("offers exactly the choices there are", () => {
    expect([values("show"), values("since"), values("sort")]).toEqual([[...SHOW], [...SINCE], [...SORT]]);
  });

  it("has every id once, and everything that is referred to", () => {
    const ids = [...page.querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...page.querySelectorAll("[aria-labelledby], [aria-describedby]")].map(
      (element) => element.getAttribute("aria-labelledby") ?? element.getAttribute("aria-describedby")!,
    );
    const skipped = [...page.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href")!.slice(1));
    expect([...named, ...skipped].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("has a label at every field", () => {
    expect([...page.querySelectorAll("input, select")].filter((field) => field.closest("label") === null)).toEqual([]);
  });
});
