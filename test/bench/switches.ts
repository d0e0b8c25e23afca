import { TestHost } from '../support/host.ts';
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
  const config = (version: string) =>
    host.call('PUT', `/api/2.0/serving-endpoints/${SWITCHED}/config`, {
      served_entities: [{ name: 'main', entity_name: SWITCHED, entity_version: version }],
    });
  for (const version of ['2', '1']) {
    await config(version);
    await host.waitFor('EndpointVersionSwitched', { endpoint: SWITCHED, to: version });
  }
  const to = async () => {
    await host.call('POST', `/api/slipway/v1/endpoints/${SWITCHED}/rollback`, {});
  };
  return switchUnderLoad(host, { connections: CONNECTIONS, switches: ROLLBACKS, to });
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
