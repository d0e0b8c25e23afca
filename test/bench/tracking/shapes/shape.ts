import type { HttpClient } from '../http-client.ts';
import type { ServerName } from '../servers.ts';

export const API = '/api/2.0/mlflow';

/** What the shapes work on: made before any of them is measured. */
export interface Bench {
  readonly server: ServerName;
  readonly client: HttpClient;
  readonly users: number;
  /** Experiments by their number of runs. */
  readonly seeded: ReadonlyMap<number, string>;
}

export interface Shape {
  readonly name: string;
  readonly users: number;
  /** Requests at most, in a full measurement. */
  readonly maxRequests: number;
  /** Writes are followed by a rest; searches find the seeded experiments. */
  readonly group: 'write' | 'read' | 'search' | 'history' | 'artifact' | 'trace';
  /** Prepares and returns the request; undefined where the server has no such endpoint. */
  readonly prepare: (bench: Bench) => Promise<((i: number) => Promise<void>) | undefined>;
  /** Reads back what was acknowledged; returns how much of it is missing. */
  readonly verify?: (bench: Bench) => Promise<number>;
}

export interface RunAnswer {
  readonly run: { readonly info: { readonly run_id: string } };
}

export async function newRuns({ client }: Bench, count: number): Promise<string[]> {
  const ids: string[] = [];
  // Few at a time: what is prepared must not fail on a server that a crowd overwhelms.
  for (let start = 0; start < count; start += 4) {
    const size = Math.min(4, count - start);
    const made = Array.from({ length: size }, () =>
      client.call<RunAnswer>('POST', `${API}/runs/create`, {
        experiment_id: '0',
        start_time: Date.now(),
      }),
    );
    ids.push(...(await Promise.all(made)).map(({ run }) => run.info.run_id));
  }
  return ids;
}

export const good = async ({ client }: Bench, method: string, path: string, body?: object) => {
  const { status, text } = await client.send(method, path, body && JSON.stringify(body));
  if (status !== 200) throw new Error(`${status} ${text.slice(0, 200)}`);
  return text;
};
