import { setTimeout as pause } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { newId } from '../../../functions/shared/ids.ts';
import { busEntryOf } from '../aws/bus-entry.ts';
import type { TestHost } from '../host.ts';
import { startReceiver } from '../receiver.ts';
import { LOCAL_CLIENT } from '../training-data.ts';

const MODEL = 'announced';
const SENDERS = 8;
const ENTRIES_PER_CALL = 10;

/** What is not delivered at once may wait for the visibility of its queue, three minutes. */
const PATIENCE_MS = 300_000;

/** How often something happens that the other receiver wants to know. */
const EVERY_MS = 100;

export async function defineFlooded(host: TestHost): Promise<void> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  for (let version = 1; version <= 2; version++) {
    const body = { name: MODEL, source: 's3://bucket/model' };
    await host.call('POST', '/api/2.0/mlflow/model-versions/create', body);
  }
}

interface Flood {
  readonly events: number;
  /** What the flooded receiver does: it answers at once, or hangs for ever. */
  readonly hangs: boolean;
  /** Events a second that are put on the bus. */
  readonly perSecond: number;
}

interface Waits {
  /** Milliseconds until the other receiver knew, of each of its events. */
  readonly waits: readonly number[];
  /** Events a second that the flood came to. */
  readonly rate: number;
}

/**
 * How long one receiver waits from the answer to each request that it wants to know of, while another
 * receiver is sent very many events.
 */
export async function waitsBesideFlood(host: TestHost, flood: Flood): Promise<Waits> {
  const receiver = await startReceiver((path) => (path === '/hang' ? 'hang' : { status: 200 }));
  const flooded = `${receiver.url}/${flood.hangs ? 'hang' : 'answer'}`;
  const webhooks = [
    await createWebhook(host, flooded, 'MODEL_VERSION_TAG', 'SET'),
    await createWebhook(host, `${receiver.url}/other`, 'MODEL_VERSION_ALIAS', 'CREATED'),
  ];
  try {
    const began = performance.now();
    let rate = 0;
    const flooding = putEvents(host, flood).then(() => {
      rate = (flood.events * 1000) / (performance.now() - began);
      return 'over';
    });
    const moved: number[] = [];
    // An alias that names a version already does not move: each flood has its own.
    const alias = `beside-${webhooks[0]?.toLowerCase()}`;
    for (let i = 0; (await Promise.race([flooding, pause(EVERY_MS)])) !== 'over'; i++) {
      await moveAlias(host, alias, i);
      moved.push(Date.now());
    }
    for (const end = Date.now() + PATIENCE_MS; receiver.at('/other').length < moved.length; ) {
      if (Date.now() > end) throw new Error('Webhooks were lost');
      await pause(50);
    }
    return { waits: receiver.at('/other').map(({ at }, i) => at - (moved[i] ?? at)), rate };
  } finally {
    for (const id of webhooks) await host.call('DELETE', `/api/2.0/mlflow/webhooks/${id}`);
    receiver.stop();
  }
}

/** Puts events of tags on the bus in calls of ten, at a rate, or as fast as the host takes them. */
export async function putEvents(
  host: TestHost,
  { events, perSecond }: Pick<Flood, 'events' | 'perSecond'>,
): Promise<void> {
  const client = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
  const began = performance.now();
  let started = 0;
  const send = async () => {
    for (let i = started; i < events; i = started) {
      started += ENTRIES_PER_CALL;
      await pause(Math.max(0, began + (i * 1000) / perSecond - performance.now()));
      const Entries = Array.from({ length: Math.min(ENTRIES_PER_CALL, events - i) }, (_, k) =>
        tagSet(i + k),
      );
      await client.send(new PutEventsCommand({ Entries }));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  client.destroy();
}

const tagSet = (i: number) =>
  busEntryOf({
    seq: 0,
    id: newId(),
    type: 'ModelTagSet',
    source: 'slipway.registry',
    time: new Date().toISOString(),
    actor: 'flood',
    correlation_id: 'flood',
    causation_id: null,
    data: { model: MODEL, version: '1', key: 'k', value: String(i) },
  });

export async function createWebhook(host: TestHost, url: string, entity: string, action: string) {
  const body = { name: url.split('/').at(-1), url, events: [{ entity, action }] };
  const answer = await host.call('POST', '/api/2.0/mlflow/webhooks', body);
  const { webhook } = answer.body as { webhook?: { webhook_id: string } };
  if (!webhook) throw new Error(`No webhook: ${JSON.stringify(answer.body)}`);
  return webhook.webhook_id;
}

export const moveAlias = (host: TestHost, alias: string, i: number) =>
  host.call('POST', '/api/2.0/mlflow/registered-models/alias', {
    name: MODEL,
    alias,
    version: String(1 + (i % 2)),
  });
