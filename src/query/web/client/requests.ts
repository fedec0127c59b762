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
  async open(path: string, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Response> {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    const init = { headers: { ...headers, ...authorization }, cache: "no-store" as const, ...(signal && { signal }) };
    const response = await this.#fetch(new URL(path, this.#folder).href, init);
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
