// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { CancelDialog } from "../../../../src/query/web/client/cancel-dialog.js";
import { Requests } from "../../../../src/query/web/client/requests.js";
import { operation } from "./operations.js";
import { openPage } from "./page-document.js";

let sent: string[];
let asked: string[];
let answer: () => Response | Promise<Response>;
let requests: Requests;
let dialog: CancelDialog;

const taken = () => Response.json({}, { status: 202 });
const element = () => document.getElementById("cancel") as HTMLDialogElement;
const field = () => element().querySelector("input")!;
const button = (type: string) => element().querySelector<HTMLButtonElement>(`[type=${type}]`)!;
const problem = () => document.getElementById("cancel-problem")!;
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
async function submit(reason: string): Promise<void> {
  field().value = reason;
  element()
    .querySelector("form")!
    .dispatchEvent(new Event("submit", { cancelable: true }));
  await settle();
}

beforeEach(() => {
  openPage();
  [sent, asked, answer] = [[], [], taken];
  requests = new Requests("http://host/base/", async (address, { method, body }) => {
    sent.push(`${method} ${address} ${body}`);
    return answer();
  });
  dialog = new CancelDialog(requests, ({ id }) => void asked.push(id));
});

describe("the question whether to cancel", () => {
  it("names the operation as text, and begins in the field for the reason", () => {
    dialog.open(operation("a", { name: "<img src=x>" }));
    expect([element().open, element().querySelector("h2")!.textContent]).toEqual([true, "Cancel <img src=x>?"]);
    expect([document.activeElement === field(), element().querySelector("img"), sent]).toEqual([true, null, []]);
  });

  it("asks the server with the reason, or without one, and closes", async () => {
    dialog.open(operation("a/b"));
    await submit(" too slow ");
    expect([element().open, asked]).toEqual([false, ["a/b"]]);
    dialog.open(operation("c"));
    expect(field().value).toBe("");
    await submit("  ");
    expect(sent).toEqual([
      'POST http://host/base/operations/a%2Fb/cancel {"reason":"too slow"}',
      "POST http://host/base/operations/c/cancel {}",
    ]);
  });

  it("asks nothing when somebody would rather not", () => {
    dialog.open(operation("a"));
    button("button").click();
    expect([element().open, sent, asked]).toEqual([false, [], []]);
  });

  it("stays with what the server says against it, and can be asked again", async () => {
    answer = () => Response.json({ title: "The operation has ended", detail: "it is completed" }, { status: 409 });
    dialog.open(operation("a"));
    await submit("why");
    expect([element().open, problem().textContent, problem().hidden]).toEqual([
      true,
      "The operation has ended: it is completed",
      false,
    ]);
    expect([button("submit").disabled, asked]).toEqual([false, []]);
    answer = () => Promise.reject(new TypeError("fetch failed"));
    await submit("why");
    expect(problem().textContent).toBe("The server does not answer");
    answer = taken;
    await submit("why");
    expect([element().open, asked]).toEqual([false, ["a"]]);
  });

  it("comes back with what went wrong when it was closed before the answer", async () => {
    let refuse = (_: Response) => {};
    answer = () => new Promise((resolve) => (refuse = resolve));
    dialog.open(operation("a"));
    await submit("");
    element().close();
    refuse(Response.json({ title: "No" }, { status: 403 }));
    await settle();
    expect([problem().textContent, element().open, button("submit").disabled]).toEqual(["No", true, false]);
  });

  it("is sent once however often it is pressed, and its answer says nothing about another question", async () => {
    let refuse = (_: Response) => {};
    answer = () => new Promise((resolve) => (refuse = resolve));
    dialog.open(operation("a"));
    await submit("");
    expect(button("submit").disabled).toBe(true);
    element().close();
    dialog.open(operation("b"));
    refuse(Response.json({ title: "No" }, { status: 403 }));
    await settle();
    expect([problem().textContent, element().open, button("submit").disabled]).toEqual(["", true, false]);
  });
});

it("who has a token for one operation may read it, and is not asked", () => {
  const allowed = (token: string | undefined) => {
    requests.token = token;
    return dialog.isAllowed;
  };
  expect([allowed(undefined), allowed("operators"), allowed("otp1.abc.def")]).toEqual([true, true, false]);
});
