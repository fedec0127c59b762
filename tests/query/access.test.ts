import { describe, expect, test } from "vitest";
import { type AccessOptions, createAccess, preflightHeaders, type Wanted } from "../../src/query/access.js";
import { createReadToken } from "../../src/query/read-tokens.js";

const SECRET = "a secret of some length";
const READ: Wanted = { action: "read" };
const CONTROL: Wanted = { action: "control", operationId: "a" };

const ask = (headers: Record<string, string> = {}, url = "http://localhost/operations") =>
  new Request(url, { headers });

/** "ok", or the code and the words of the refusal. */
async function outcome(options: AccessOptions, request: Request, wanted: Wanted = READ): Promise<string> {
  const access = createAccess(options);
  try {
    access.checkPlace(request);
    await access.checkSender(request, wanted);
    return "ok";
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return message === "" ? code : `${code}: ${message}`;
  }
}

describe("the host", () => {
  const of = (host: string, options: AccessOptions = {}) => outcome(options, ask({ host }));

  test.each(["localhost", "localhost:4680", "127.0.0.1:80", "[::1]:4680", "LOCALHOST"])(
    "%s is this machine",
    async (host) => {
      expect(await of(host)).toBe("ok");
    },
  );

  test.each(["evil.example", "localhost.evil.example", "localhost:evil", "localhost:", "xlocalhost", "127.0.0.2", ""])(
    "%j is refused",
    async (host) => {
      expect(await of(host)).toMatch(/^misdirected-request: .* is not among the hosts named to this server$/);
    },
  );

  test("is one of those that were named, and then no other", async () => {
    const options = { hosts: ["Progress.example", "other.example:8080"] };
    expect(await of("progress.example:1234", options)).toBe("ok");
    expect(await of("other.example:8080", options)).toBe("ok");
    expect(await of("other.example:8081", options)).toMatch(/^misdirected/);
    expect(await of("localhost", options)).toMatch(/^misdirected/);
    expect(await of("whatever", { hosts: "*" })).toBe("ok");
  });

  test("without a header is the one of the address", async () => {
    expect(await outcome({}, new Request("http://evil.example/operations"))).toMatch(/^misdirected/);
    expect(await outcome({}, new Request("http://localhost:99/operations"))).toBe("ok");
  });
});

describe("the origin", () => {
  const of = (headers: Record<string, string>, options: AccessOptions = {}) =>
    outcome(options, ask({ host: "localhost:4680", ...headers }));

  test("may be our own page, or one that was named", async () => {
    expect(await of({ origin: "http://localhost:4680" })).toBe("ok");
    expect(await of({ origin: "https://app.example" }, { origins: ["https://app.example/"] })).toBe("ok");
    expect(await of({ host: "localhost:443", origin: "https://localhost" })).toBe("ok");
  });

  test.each(["https://evil.example", "http://localhost:3000", "http://localhost", "null", "file://", "garbage"])(
    "%s is refused, not only kept from reading",
    async (origin) => {
      expect(await of({ origin }, { origins: ["https://app.example"] })).toMatch(/^foreign-origin/);
    },
  );

  test("of what a strange page embeds is known by what the browser says; a link to here is none of that", async () => {
    expect(await of({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" })).toBe("foreign-origin");
    expect(await of({ "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" })).toBe("foreign-origin");
    expect(await of({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" })).toBe("ok");
    expect(await of({ "sec-fetch-site": "same-origin" })).toBe("ok");
    // A form that is sent is a navigation too.
    const form = { host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect(await outcome({}, new Request("http://localhost/", { method: "POST", headers: form }))).toBe(
      "foreign-origin",
    );
    expect(await of({ "sec-fetch-site": "none" })).toBe("ok");
  });

  test("that was named, and no other, is told that its page may read", () => {
    const access = createAccess({ origins: ["https://app.example"] });
    expect(access.corsHeaders(ask({ origin: "https://app.example" }))).toEqual({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "etag, retry-after",
      vary: "origin",
    });
    expect(access.corsHeaders(ask({ origin: "https://evil.example" }))).toEqual({ vary: "origin" });
    expect(access.corsHeaders(ask())).toEqual({ vary: "origin" });
    expect(createAccess({}).corsHeaders(ask({ origin: "https://app.example" }))).toEqual({});
    expect(preflightHeaders("GET")["access-control-allow-methods"]).toBe("GET");
  });
});

describe("the sender", () => {
  const bearer = (token: string) => ask({ authorization: `Bearer ${token}` });
  const query = (token: string) => ask({}, `http://localhost/operations?token=${token}`);
  const WHAT = "unauthorized: the token does not open this";
  const NONE = "unauthorized: send a token as Authorization: Bearer";

  test("needs nothing where nothing was set up", async () => {
    expect(await outcome({}, ask())).toBe("ok");
    expect(await outcome({}, ask(), CONTROL)).toBe("control-off");
  });

  test("shows the token as a header, nowhere else", async () => {
    const options = { token: "right" };
    expect(await outcome(options, bearer("right"))).toBe("ok");
    expect(await outcome(options, ask({ authorization: "bearer  right " }))).toBe("ok");
    for (const wrong of ["wrong", "righ", "rightt", "RIGHT"]) expect(await outcome(options, bearer(wrong))).toBe(WHAT);
    expect(await outcome(options, query("right"))).toBe(WHAT);
    expect(await outcome(options, ask())).toBe(NONE);
    expect(await outcome(options, ask({ authorization: "Basic right" }))).toBe(NONE);
    expect(await outcome(options, ask({ authorization: "Bearer" }))).toBe(NONE);
  });

  test("may control only where control is on, and only with the token", async () => {
    expect(await outcome({ token: "t" }, bearer("t"), CONTROL)).toBe("control-off");
    expect(await outcome({ token: "t", control: true }, bearer("t"), CONTROL)).toBe("ok");
    expect(await outcome({ token: "t", control: true }, bearer("x"), CONTROL)).toBe(WHAT);
  });

  test("is asked of a function, which must say true", async () => {
    const seen: unknown[] = [];
    const by = (answer: unknown): AccessOptions => ({
      authorize: async (request, wanted) => {
        seen.push([request.url, wanted]);
        return answer as boolean;
      },
    });
    expect(await outcome(by(true), ask(), { action: "read", operationId: "a" })).toBe("ok");
    expect(await outcome(by(false), ask())).toBe("forbidden");
    expect(await outcome(by("yes"), ask())).toBe("forbidden");
    expect(seen[0]).toEqual(["http://localhost/operations", { action: "read", operationId: "a" }]);
    const throws: AccessOptions = {
      authorize: () => {
        throw new Error("database is away");
      },
    };
    expect(await outcome(throws, ask())).toBe("forbidden");
    expect(await outcome({ ...by(true), control: true }, ask(), CONTROL)).toBe("ok");
  });

  test("with a scoped token reads the operation it names, by header or address, and nothing else", async () => {
    const options = { readTokenSecret: SECRET, token: "right", control: true };
    const token = await createReadToken(SECRET, "a");
    const mine: Wanted = { action: "read", operationId: "a" };
    const notThis = "forbidden: the token opens one operation, and this is not it";
    expect(await outcome(options, query(token), mine)).toBe("ok");
    expect(await outcome(options, bearer(token), mine)).toBe("ok");
    expect(await outcome(options, query(token), { action: "read", operationId: "b" })).toBe(notThis);
    expect(await outcome(options, query(token), READ)).toBe(notThis);
    expect(await outcome(options, bearer(token), CONTROL)).toBe(WHAT);
    expect(await outcome({ readTokenSecret: SECRET }, ask(), READ)).toBe(NONE);
  });

  test("with a scoped token that is old or not ours is told so", async () => {
    const options = { readTokenSecret: SECRET };
    const old = await createReadToken(SECRET, "a", { now: 0 });
    const forged = await createReadToken("another secret of length", "a");
    const mine: Wanted = { action: "read", operationId: "a" };
    expect(await outcome(options, query(old), mine)).toBe("unauthorized: the token has expired");
    expect(await outcome(options, query(forged), mine)).toBe("unauthorized: the token is not valid");
    expect(await outcome({ token: "right" }, query(old), mine)).toBe(WHAT);
  });
});

test.each<[AccessOptions, string]>([
  [{ control: true }, "control: expected a token or authorize beside it, received neither"],
  [{ control: true, readTokenSecret: SECRET }, "control: expected a token or authorize"],
  [{ token: "" }, "token: expected visible ASCII characters without spaces"],
  [{ token: "two words" }, "token: expected visible ASCII"],
  [{ token: "schlüssel" }, "token: expected visible ASCII"],
  [{ readTokenSecret: "short" }, "readTokenSecret: expected at least 16 characters"],
  [{ origins: ["app.example"] }, 'origins: expected "https://name" or with a port, received "app.example"'],
  [{ origins: ["https://app.example/page"] }, "origins: expected"],
  [{ origins: ["*"] }, "origins: expected"],
])("options that are unsafe are refused at set-up: %j", (options, message) => {
  expect(() => createAccess(options)).toThrow(message);
});
