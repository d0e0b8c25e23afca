import { setTimeout as pause } from 'node:timers/promises';
import { TestHost } from '../support/host.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { SWITCHED, type Switched, serveTwoVersions, switchUnderLoad } from '../support/switches.ts';
import { type Figure, single, spread } from './figures.ts';

const CONNECTIONS = 64;
const SWITCHES = 100;
const ROLLBACKS = 20;

/** Switches of versions under constant load: how soon, and at what price for the callers. */
export async function benchSwitches(): Promise<Figure[]> {
  const host = new TestHost();
  await host.start();
  try {
    await serveTwoVersions(host);
    const options = { connections: CONNECTIONS, switches: SWITCHES };
    const moves = figuresOf('alias moved', await switchUnderLoad(host, options));
    return [...moves, ...figuresOf('rolled back', await rollBacks(host))];
  } finally {
    await host.stop();
  }
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
