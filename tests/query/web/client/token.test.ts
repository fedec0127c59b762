// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keepToken, listenForTokens, takeToken } from "../../../../src/query/web/client/token.js";

const go = (address: string) => history.replaceState(null, "", address);
beforeEach(() => {
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL("http://host/base/");
  sessionStorage.clear();
});

describe("a token", () => {
  it.each(["?id=7#token=secret", "?id=7&token=secret"])(
    "is taken out of the address %s, and kept for the tab",
    (search) => {
      go(`/base/${search}`);
      expect([takeToken(), location.href]).toEqual(["secret", "http://host/base/?id=7"]);
      expect(takeToken()).toBe("secret");
    },
  );

  it("leaves the rest of a fragment", () => {
    go("/base/#token=secret&x=1");
    takeToken();
    expect(location.hash).toBe("#x=1");
  });

  it("of one page is not that of another, and there may be none", () => {
    keepToken("mine");
    go("/other/");
    expect(takeToken()).toBe(undefined);
  });

  it("is not kept where the browser forbids it", () => {
    const forbid = vi.spyOn(window, "sessionStorage", "get").mockImplementation(() => {
      throw new Error("denied");
    });
    expect(() => keepToken("t")).not.toThrow();
    expect(takeToken()).toBe(undefined);
    forbid.mockRestore();
  });
});

describe("a token that comes later", () => {
  it("is told, kept, and nowhere to be seen, typed into the form or in a link opened in the same tab", () => {
    document.body.innerHTML = '<form><input name="token"></form>';
    const form = document.querySelector("form")!;
    const field = document.querySelector("input")!;
    const told: string[] = [];
    listenForTokens(form, (token) => told.push(token));
    field.value = " typed ";
    form.dispatchEvent(new Event("submit", { cancelable: true }));
    expect([told, field.value, takeToken()]).toEqual([["typed"], "", "typed"]);
    for (const fragment of ["#running", "#token=linked"]) {
      go(`/base/${fragment}`);
      window.dispatchEvent(new Event("hashchange"));
    }
    expect([told, location.href, takeToken()]).toEqual([["typed", "linked"], "http://host/base/", "linked"]);
  });
});
