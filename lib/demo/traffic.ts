import { pause, WAIT_MS } from './api.ts';

interface Answer {
  /** Milliseconds since the epoch at which the request was sent, and the answer complete. */
  readonly askedAt: number;
  readonly at: number;
  readonly version: string | null;
  readonly ok: boolean;
}

/** Posts one invocation; a refused connection is a failed answer, not an exception. */
export async function invoke(url: string, endpoint: string, body: string): Promise<Answer> {
  const askedAt = Date.now();
  try {
    const response = await fetch(`${url}/serving-endpoints/${endpoint}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await response.arrayBuffer();
    const version = response.headers.get('slipway-model-version');
    return { askedAt, at: Date.now(), version, ok: response.ok };
  } catch {
    return { askedAt, at: Date.now(), version: null, ok: false };
  }
}

/** Answers in a row by one version after which no environment is left that serves another. */
const STEADY = 20;

/**
 * Callers that keep asking while something happens behind the endpoint. They repeat requests of the
 * day under way with their own ids, which the monitors count once.
 */
export class Traffic {
  readonly answers: Answer[] = [];
  private stopped = false;
  private readonly callers: Promise<void>[];

  constructor(url: string, endpoint: string, bodies: readonly string[], callers = 2) {
    this.callers = Array.from({ length: callers }, async (_, caller) => {
      for (let i = caller; !this.stopped; i += callers) {
        this.answers.push(await invoke(url, endpoint, bodies[i % bodies.length] ?? '{}'));
        await pause(15);
      }
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
  }

  /**
   * Milliseconds from a moment until every request that is sent is answered by a version: environments
   * learn of a switch one by one, and one that has not yet learned of the switch before would
   * seem to be done with this one at once.
   */
  async liveAfter(version: string, since: number, timeoutMs = WAIT_MS): Promise<number> {
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await pause(5)) {
      const asked = this.answers.filter(({ askedAt }) => askedAt >= since);
      const steady = asked.slice(asked.findLastIndex((one) => one.version !== version) + 1);
      const [first] = steady;
      if (first && steady.length >= STEADY) return first.at - since;
    }
    throw new Error(`Version ${version} did not answer alone within ${timeoutMs} ms`);
  }

  get failed(): number {
    return this.answers.filter((answer) => !answer.ok).length;
  }
}
