import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busEntryOf } from '../../support/bus-entry.ts';
import { type AuditedEvent, TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

// REGISTRATIONS=10000 REGISTRATION_KILLS=20 for the full count.
const REGISTRATIONS = Number(process.env.REGISTRATIONS ?? 40);
const KILLS = Number(process.env.REGISTRATION_KILLS ?? 3);
const MODELS = 8;

/** What a registration of this size may take on a machine that is busy, with its two executions. */
const MS_EACH = 1500;
const TIMEOUT = 60_000 + KILLS * 20_000 + REGISTRATIONS * MS_EACH;

const host = new TestHost();
beforeAll(() => host.start(), 60_000);
afterAll(() => host.stop());

const modelOf = (i: number) => `kept-${i % MODELS}`;

/** Registers until the host answers; one whose answer a kill took may come to be registered twice. */
async function register(name: string): Promise<void> {
  const source = 'mlflow-artifacts:/0/none/artifacts/model';
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    try {
      const path = '/api/2.0/mlflow/model-versions/create';
      const { status } = await host.call('POST', path, { name, source });
      if (status === 200) return;
    } catch {
      // The host was killed under the request.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Nobody registered a version of ${name}`);
}

const registrations = (events: readonly AuditedEvent[]) =>
  events.filter(({ type }) => type === 'ModelVersionRegistered');

/** Puts events on the bus once more, the last ones first. */
async function repeat(events: readonly AuditedEvent[]): Promise<void> {
  const client = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const backwards = events
    .filter(({ type }) => type === 'ModelVersionRegistered' || type === 'ModelVersionValidated')
    .toReversed();
  for (let from = 0; from < backwards.length; from += 10) {
    const Entries = backwards.slice(from, from + 10).map(busEntryOf);
    await client.send(new PutEventsCommand({ Entries }));
  }
  client.destroy();
}

/** How often each version has an event of a type. */
function timesOf(events: readonly AuditedEvent[], type: string, version: string) {
  const times = new Map<string, number>();
  for (const event of events.filter((one) => one.type === type)) {
    const key = `${event.data.model}/${event.data[version]}`;
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return times;
}

describe('registrations', () => {
  it('have one verdict and one decision each, through kills, repetitions and disorder', {
    timeout: TIMEOUT,
  }, async () => {
    for (let i = 0; i < MODELS; i++) {
      await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: modelOf(i) });
      const policy = { validation: { mode: 'dry_run' }, promotion: { mode: 'auto' } };
      await host.call('PUT', `/api/slipway/v1/models/${modelOf(i)}/policy`, policy);
    }
    const killAfter = Math.ceil(REGISTRATIONS / (KILLS + 1));
    for (let i = 0; i < REGISTRATIONS; i++) {
      const registered = register(modelOf(i));
      if (i > 0 && i % killAfter === 0) {
        await host.kill();
        await host.start();
        await repeat((await host.events()).slice(-200));
      }
      await registered;
    }
    await repeat(await host.events());

    const settled = async () => {
      const events = await host.events();
      const decided = timesOf(events, 'PromotionDecided', 'challenger');
      return registrations(events).length - decided.size;
    };
    await expect.poll(settled, { timeout: TIMEOUT, interval: 500 }).toBe(0);
    // Repetitions that are still under way would show themselves in a moment.
    await repeat((await host.events()).slice(-100));
    const marker = 'after-all';
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: marker });
    const policy = { validation: { mode: 'dry_run' }, promotion: { mode: 'auto' } };
    await host.call('PUT', `/api/slipway/v1/models/${marker}/policy`, policy);
    await register(marker);
    await host.waitFor('PromotionDecided', { model: marker });

    const events = (await host.events()).filter(({ data }) => data.model !== marker);
    const versions = registrations(events).map(({ data }) => `${data.model}/${data.version}`);
    expect(versions.length).toBeGreaterThanOrEqual(REGISTRATIONS);
    const once = new Map(versions.map((version) => [version, 1]));
    expect(timesOf(events, 'ModelVersionValidated', 'version')).toEqual(once);
    expect(timesOf(events, 'PromotionDecided', 'challenger')).toEqual(once);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });
});
