// The token this page was opened with. It is taken out of the address at once, so that it is in no bookmark and in no
// picture of the screen, and kept for this tab only.

const KEY = "otel-progress token";

/** From the address, else what this tab was given before. */
export const takeToken = (): string | undefined => givenToken() ?? keptToken();

/** From "#token=…" or "?token=…". */
function givenToken(): string | undefined {
  const url = new URL(location.href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const given = fragment.get("token") ?? url.searchParams.get("token");
  if (given === null) return undefined;
  fragment.delete("token");
  url.searchParams.delete("token");
  history.replaceState(null, "", `${url.pathname}${url.search}${fragment.size > 0 ? `#${fragment}` : ""}`);
  keepToken(given);
  return given;
}

/**
 * Tells of tokens that come later: typed into the form, or in a link that is opened where the page is already, which does not
 * load it anew.
 */
export function listenForTokens(form: HTMLFormElement, tell: (token: string) => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.elements.namedItem("token") as HTMLInputElement;
    const token = field.value.trim();
    field.value = "";
    keepToken(token);
    tell(token);
  });
  addEventListener("hashchange", () => {
    const token = givenToken();
    if (token !== undefined) tell(token);
  });
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(keyOf(), token);
  } catch {
    // Browsers may forbid it: the token is good until the page is closed, then.
  }
}

function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem(keyOf()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Several pages of one server have tokens of their own. */
const keyOf = (): string => `${KEY} ${new URL(".", document.baseURI).pathname}`;
