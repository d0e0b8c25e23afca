import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestHost } from './host.ts';
import { PATIENCE_MS } from './patience.ts';
import { type Column, gbdtOf } from './tiny-model.ts';

/** Model and endpoint of the switches. */
export const SWITCHED = 'switched';

const FOLDER = 'switches';

/** Rows on which the two versions answer differently, each row for itself. */
export const SWITCHED_ROWS = Array.from({ length: 5 }, (_, i) => ({
  x: 0.9 - i / 20,
  n: 0.1 + i / 20,
}));
const BODY = JSON.stringify({ dataframe_records: SWITCHED_ROWS });

const mlmodel = (column: Column) => `flavors:
  slipway.gbdt:
    data: model.gbdt.json
signature:
  inputs: '[{"type": "double", "name": "${column}", "required": true}]'
`;

/** Registers version 1, which looks at `x`, and version 2, which looks at `n`, and serves the champion. */
export async function serveTwoVersions(host: TestHost): Promise<void> {
  await host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name: SWITCHED });
  for (const column of ['x', 'n'] as const) {
    const folder = `${FOLDER}/${column}`;
    for (const [file, text] of [
      ['MLmodel', mlmodel(column)],
      ['model.gbdt.json', gbdtOf(column)],
    ] as const) {
      await host.ok('PUT', `/api/2.0/mlflow-artifacts/artifacts/${folder}/${file}`, text);
    }
    const source = `mlflow-artifacts:/${folder}`;
    await host.ok('POST', '/api/2.0/mlflow/model-versions/create', { name: SWITCHED, source });
  }
  await moveChampion(host, '1');
  await host.ok('POST', '/api/2.0/serving-endpoints', {
    name: SWITCHED,
    config: {
      served_entities: [{ name: 'main', entity_name: SWITCHED, entity_version: '@champion' }],
    },
  });
  await host.waitFor('EndpointVersionSwitched', { endpoint: SWITCHED, to: '1' });
}

/** Moves the alias and resolves when the call is acknowledged. */
export async function moveChampion(host: TestHost, version: string): Promise<void> {
  const alias = { name: SWITCHED, alias: 'champion', version };
  const { status } = await host.call('POST', '/api/2.0/mlflow/registered-models/alias', alias);
  if (status !== 200) throw new Error(`The alias could not be moved: ${status}`);
}

/** A version's answer to the request, as the wire has it. Throws when it does not answer. */
export async function answerOf(host: TestHost, version: string): Promise<string> {
  const path = `/serving-endpoints/${SWITCHED}/invocations`;
  const answer = await host.call('POST', path, BODY, { 'slipway-model-version': version });
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return JSON.stringify(answer.body);
}

interface Answer {
  /** `performance.now()` when the answer was complete. */
  readonly at: number;
  readonly status: number;
  readonly version: string;
  readonly body: string;
}

/** Callers that ask without a pause, each on a connection of its own. */
export class Load {
  /** Answers since `clear`. */
  answers: Answer[] = [];
  /** Of all answers, those that were no 200, with what they said. */
  readonly failures: string[] = [];
  requests = 0;
  private stopped = false;
  private readonly agent: Agent;
  private readonly callers: Promise<void>[];

  constructor(host: TestHost, connections: number) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
    const url = `${host.url}/serving-endpoints/${SWITCHED}/invocations`;
    this.callers = Array.from({ length: connections }, async () => {
      while (!this.stopped) await this.ask(url);
    });
  }

  private async ask(url: string): Promise<void> {
    const answer = await post(url, this.agent);
    this.requests++;
    if (answer.status !== 200) this.failures.push(`${answer.status} ${answer.body}`);
    this.answers.push(answer);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.callers);
    this.agent.destroy();
  }
}

function post(url: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ at: performance.now(), status: 0, version: '', body: error.message });
    const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', fail);
      response.on('end', () => {
        const version = String(response.headers['slipway-model-version']);
        resolve({ at: performance.now(), status: response.statusCode ?? 0, version, body });
      });
    });
    sent.on('error', fail);
    sent.end(BODY);
  });
}

export interface Switched {
  readonly requests: number;
  readonly failures: readonly string[];
  /** Answers whose predictions are not those of the version that they name, wholly. */
  readonly mixed: number;
  /** Milliseconds from the acknowledgement to the first answer of the new version, per switch … */
  readonly firstNewMs: readonly number[];
  /** … and to the last one of the old. */
  readonly lastOldMs: readonly number[];
}

/** So long no caller may have heard of the old version, before the next switch. */
const QUIET_MS = 400;

/** Switches back and forth between the two versions while callers ask. */
export async function switchUnderLoad(
  host: TestHost,
  options: {
    readonly connections: number;
    readonly switches: number;
    /** Makes the version the one that answers; resolves when the call is acknowledged. */
    readonly to?: (version: string) => Promise<void>;
  },
): Promise<Switched> {
  const { connections, switches, to = (version: string) => moveChampion(host, version) } = options;
  const load = new Load(host, connections);
  const firstNewMs: number[] = [];
  const lastOldMs: number[] = [];
  let mixed = 0;
  const expected: Record<string, string> = { '1': await answerOf(host, '1') };
  let live = '1';
  try {
    while (load.requests < 2 * connections) await pause(10);
    for (let i = 0; i < switches; i++) {
      const next = live === '1' ? '2' : '1';
      load.answers = [];
      await to(next);
      const acknowledged = performance.now();
      const newest = await settled(load, next);
      firstNewMs.push(Math.max(0, newest.first - acknowledged));
      lastOldMs.push(Math.max(0, newest.lastOld - acknowledged));
      // A version can be asked for by name only while it is served.
      expected[next] ??= await answerOf(host, next);
      mixed += load.answers.filter(
        ({ status, version, body }) => status === 200 && body !== expected[version],
      ).length;
      live = next;
    }
  } finally {
    await load.stop();
  }
  const { requests, failures } = load;
  return { requests, failures, mixed, firstNewMs, lastOldMs };
}

/** Waits until the version answers, and no other one has for a while. */
export async function settled(
  load: Load,
  version: string,
): Promise<{ first: number; lastOld: number }> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(20)) {
    const ok = load.answers.filter(({ status }) => status === 200);
    const first = ok.find((answer) => answer.version === version)?.at;
    const lastOld = ok.findLast((answer) => answer.version !== version)?.at ?? 0;
    if (first !== undefined && performance.now() - Math.max(first, lastOld) > QUIET_MS) {
      return { first, lastOld };
    }
  }
  throw new Error(`Version ${version} does not answer alone: ${load.failures.slice(0, 3).join()}`);
}
