// What the page asks its server, below the folder it was served from, with the token it was given.

/** What a server says that does not let us in, or cannot answer. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Another token may help. */
  get needsToken(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** For the answer to what somebody waits for. */
const POST_MILLIS = 30_000;

export class Requests {
  /** Sent as a header, never in an address. */
  token: string | undefined;
  readonly #folder: string;
  readonly #fetch: Fetch;

  constructor(page: string, fetch: Fetch) {
    this.#folder = new URL(".", page).href;
    this.#fetch = fetch;
  }

  /** Rejects with Refused for any answer but 2xx. */
  open(path: string, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Response> {
    return this.#ask(path, { headers, ...(signal && { signal }) });
  }

  /** Rejects with Refused as well, and with an Error that can be shown when nobody answers. */
  async post(path: string, body: unknown): Promise<void> {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(POST_MILLIS) };
    const response = await this.#ask(path, init).catch((error: unknown) => {
      throw error instanceof Refused ? error : new Error("The server does not answer");
    });
    await response.body?.cancel();
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    const headers = { ...(init.headers as Record<string, string>), ...authorization };
    const response = await this.#fetch(new URL(path, this.#folder).href, { cache: "no-store", ...init, headers });
    if (!response.ok) throw new Refused(response.status, await reasonOf(response));
    return response;
  }

  async json<T>(path: string): Promise<T> {
    return (await (await this.open(path)).json()) as T;
  }
}

/** Servers say it as problem details; what stands before them says it in its own way. */
async function reasonOf(response: Response): Promise<string> {
  try {
    const { title, detail } = (await response.json()) as { title?: unknown; detail?: unknown };
    return [title, detail].filter((text) => typeof text === "string").join(": ") || `status ${response.status}`;
  } catch {
    return `status ${response.status}`;
  }
}
