import { setTimeout as pause } from 'node:timers/promises';
import { TestHost } from '../support/host.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import {
  Load,
  SWITCHED,
  type Switched,
  serveTwoVersions,
  settled,
  switchUnderLoad,
} from '../support/switches.ts';
import { type Figure, single, spread } from './figures.ts';

const CONNECTIONS = 64;
const SWITCHES = 100;
const ROLLBACKS = 20;
const ABORTS = 20;

/** Switches of versions under constant load: how soon, and at what price for the callers. */
export async function benchSwitches(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    await serveTwoVersions(host);
    const options = { connections: CONNECTIONS, switches: SWITCHES };
    const moves = figuresOf('alias moved', await switchUnderLoad(host, options));
    const aborts = await abortUnderLoad(host);
    return [...moves, ...aborts, ...figuresOf('rolled back', await rollBacks(host))];
  } finally {
    await host.stop();
  }
}

/** Rollouts of version 2 beside version 1 that are aborted at half of the traffic. */
async function abortUnderLoad(host: TestHost): Promise<Figure[]> {
  const path = `/api/slipway/v1/endpoints/${SWITCHED}/rollouts`;
  const rollout = {
    strategy: 'canary',
    percentage: 50,
    bake: { requests: 1e6 },
    minimum_samples: 1e6,
    analysis: { errors: { tolerance: 0.01 }, latency: null },
  };
  const load = new Load(host, CONNECTIONS);
  const lastMs: number[] = [];
  try {
    for (let i = 0; i < ABORTS; i++) {
      const { id } = await host.ok('POST', path, { version: '2', rollout });
      load.answers = [];
      while (!load.answers.some(({ version }) => version === '2')) await pause(20);
      load.answers = [];
      await host.ok('POST', `${path}/${id}/abort`, { reason: 'bench' });
      const acknowledged = performance.now();
      const { lastOld } = await settled(load, '1');
      lastMs.push(Math.max(0, lastOld - acknowledged));
    }
  } finally {
    await load.stop();
  }
  return [
    spread('rollout aborted → last answer of its version', 'ms', lastMs, {
      limits: [{ of: 'p99', atMost: 2000 }],
    }),
    single('rollout aborted: failed', '', load.failures.length, {
      limits: [{ of: 'value', atMost: 0 }],
    }),
  ];
}

/** The same by `rollback`: the configurations before and after name a version each. */
async function rollBacks(host: TestHost): Promise<Switched> {
  for (const version of ['2', '1']) await serveVersion(host, version);
  const to = async () => {
    await host.call('POST', `/api/slipway/v1/endpoints/${SWITCHED}/rollback`, {});
  };
  return switchUnderLoad(host, { connections: CONNECTIONS, switches: ROLLBACKS, to });
}

interface Endpoint {
  readonly config: { readonly served_entities: readonly { readonly entity_version: string }[] };
  readonly pending_config?: object;
}

/** Configures the endpoint for a version by its number, and waits until that is in service. */
async function serveVersion(host: TestHost, entity_version: string): Promise<void> {
  const path = `/api/2.0/serving-endpoints/${SWITCHED}`;
  const entity = { name: 'main', entity_name: SWITCHED, entity_version };
  const { status } = await host.call('PUT', `${path}/config`, { served_entities: [entity] });
  if (status !== 200) throw new Error(`Configuring version ${entity_version}: ${status}`);
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(50)) {
    const { body } = await host.call<Endpoint>('GET', path);
    const [served] = body.config.served_entities;
    if (!body.pending_config && served?.entity_version === entity_version) return;
  }
  throw new Error(`Version ${entity_version} does not come into service`);
}

function figuresOf(what: string, switched: Switched): Figure[] {
  const { firstNewMs, lastOldMs, requests, failures, mixed } = switched;
  const none = { limits: [{ of: 'value' as const, atMost: 0 }] };
  return [
    spread(`${what} → first answer of the new version`, 'ms', firstNewMs, {
      limits: [
        { of: 'p50', atMost: 300 },
        { of: 'p99', atMost: 1000 },
      ],
    }),
    spread(`${what} → last answer of the old version`, 'ms', lastOldMs, {
      limits: [{ of: 'p99', atMost: 2000 }],
    }),
    single(`${what}: requests`, '', requests),
    single(`${what}: failed`, '', failures.length, none),
    single(`${what}: mixed answers`, '', mixed, none),
  ];
}
