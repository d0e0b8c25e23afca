import { setTimeout as pause } from 'node:timers/promises';
import type { TestHost } from './host.ts';
import { PATIENCE_MS } from './patience.ts';
import { startReceiver } from './receiver.ts';

const MODEL = 'announced';
const SENDERS = 8;

/** How often something happens that the other receiver wants to know. */
const EVERY_MS = 100;

export async function defineFlooded(host: TestHost): Promise<void> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  for (let version = 1; version <= 2; version++) {
    const body = { name: MODEL, source: 's3://bucket/model' };
    await host.call('POST', '/api/2.0/mlflow/model-versions/create', body);
  }
}

/**
 * Milliseconds from each answer to a request that one receiver wants to know of to the moment when it
 * does, while another receiver is sent so many events as fast as the host makes them. The other answers
 * at once, or hangs for ever.
 */
export async function waitsBesideFlood(
  host: TestHost,
  { events, hangs }: { readonly events: number; readonly hangs: boolean },
): Promise<number[]> {
  const receiver = await startReceiver((path) => (path === '/hang' ? 'hang' : { status: 200 }));
  const flooded = `${receiver.url}/${hangs ? 'hang' : 'answer'}`;
  const webhooks = [
    await createWebhook(host, flooded, 'MODEL_VERSION_TAG', 'SET'),
    await createWebhook(host, `${receiver.url}/other`, 'MODEL_VERSION_ALIAS', 'CREATED'),
  ];
  try {
    let left = events;
    const flood = async () => {
      for (let i = left--; i > 0; i = left--) await setTag(host, i);
    };
    const flooding = Promise.all(Array.from({ length: SENDERS }, flood)).then(() => 'over');
    const moved: number[] = [];
    for (let i = 0; (await Promise.race([flooding, pause(EVERY_MS)])) !== 'over'; i++) {
      await moveAlias(host, i);
      moved.push(Date.now());
    }
    for (const end = Date.now() + PATIENCE_MS; receiver.at('/other').length < moved.length; ) {
      if (Date.now() > end) throw new Error('Webhooks were lost');
      await pause(50);
    }
    return receiver.at('/other').map(({ at }, i) => at - (moved[i] ?? at));
  } finally {
    for (const id of webhooks) await host.call('DELETE', `/api/2.0/mlflow/webhooks/${id}`);
    receiver.stop();
  }
}

async function createWebhook(host: TestHost, url: string, entity: string, action: string) {
  const body = { name: url.split('/').at(-1), url, events: [{ entity, action }] };
  const answer = await host.call('POST', '/api/2.0/mlflow/webhooks', body);
  const { webhook } = answer.body as { webhook?: { webhook_id: string } };
  if (!webhook) throw new Error(`No webhook: ${JSON.stringify(answer.body)}`);
  return webhook.webhook_id;
}

const setTag = (host: TestHost, i: number) =>
  host.call('POST', '/api/2.0/mlflow/model-versions/set-tag', {
    name: MODEL,
    version: '1',
    key: 'k',
    value: String(i),
  });

const moveAlias = (host: TestHost, i: number) =>
  host.call('POST', '/api/2.0/mlflow/registered-models/alias', {
    name: MODEL,
    alias: 'moving',
    version: String(1 + (i % 2)),
  });
