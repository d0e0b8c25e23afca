/** Thrown for an answer without a status of success. */
class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApiEvent {
  readonly seq: number;
  readonly type: string;
  readonly time: string;
  readonly text: string;
  readonly id: string;
  readonly causation_id?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The public API with fetch, as any caller would use it. */
export class Api {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(response.status, `${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  /** Events after a sequence number, oldest first. */
  async events(after: number): Promise<ApiEvent[]> {
    const all: ApiEvent[] = [];
    for (let last = after; ; ) {
      const path = `/api/slipway/v1/events?after=${last}&limit=500`;
      const { events } = await this.get<{ events: ApiEvent[] }>(path);
      all.push(...events);
      if (events.length < 500) return all;
      last = events.at(-1)?.seq ?? last;
    }
  }
}

/**
 * How long the demo waits for anything: a busy machine is slow, not broken. Longer than a training may
 * take (`max_runtime` of the demo's pipeline): that ends first, with its cause.
 */
export const WAIT_MS = 15 * 60_000;

/** Follows the audit trail and waits for facts in it. */
export class EventFollower {
  readonly seen: ApiEvent[] = [];
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  async refresh(): Promise<void> {
    this.seen.push(...(await this.api.events(this.seen.at(-1)?.seq ?? 0)));
  }

  /** The first event of a type whose data holds the given values; waits for it. */
  async waitFor(
    types: string | readonly string[],
    data: Readonly<Record<string, unknown>>,
  ): Promise<ApiEvent> {
    const wanted = [types].flat();
    const matches = (event: ApiEvent) =>
      wanted.includes(event.type) && Object.entries(data).every(([k, v]) => event.data[k] === v);
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const found = this.seen.find(matches);
      if (found) return found;
      if (Date.now() > deadline) {
        throw new Error(`No ${wanted.join(' or ')} with ${JSON.stringify(data)} came`);
      }
      await pause(25);
      await this.refresh();
    }
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
