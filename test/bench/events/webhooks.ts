import { setTimeout as pause } from 'node:timers/promises';
import type { TestHost } from '../../support/host.ts';
import { startReceiver } from '../../support/receiver.ts';
import { type Figure, spread } from '../figures.ts';

const MODEL = 'announced';
const EVENTS = Number(process.env.WEBHOOK_EVENTS ?? 1000);
const SENDERS = 8;

/** How often something happens that the other receiver wants to know. */
const EVERY_MS = 100;

/**
 * What one receiver waits for its webhook while another is sent as many as the host can make: one that
 * answers at once, then one that hangs. The second figure must be no worse than the first.
 */
export async function benchWebhooks(host: TestHost): Promise<Figure[]> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  for (let version = 1; version <= 2; version++) {
    const body = { name: MODEL, source: 's3://bucket/model' };
    await host.call('POST', '/api/2.0/mlflow/model-versions/create', body);
  }
  const beside = await waitBeside(host, false);
  const value = beside.p99 ?? 0;
  const peer = { name: 'beside one that answers', value };
  return [beside, { ...(await waitBeside(host, true)), peer }];
}

async function waitBeside(host: TestHost, hangs: boolean): Promise<Figure> {
  const name = hangs ? 'hang' : 'answer';
  const receiver = await startReceiver((path) => (path === '/hang' ? 'hang' : { status: 200 }));
  const flooded = await createWebhook(host, `${receiver.url}/${name}`, 'model_version_tag.set');
  const other = await createWebhook(host, `${receiver.url}/other`, 'model_version_alias.created');
  try {
    let left = EVENTS;
    const flood = async () => {
      for (let i = left--; i > 0; i = left--) await setTag(host, i);
    };
    const flooding = Promise.all(Array.from({ length: SENDERS }, flood)).then(() => 'over');
    const moved: number[] = [];
    for (let i = 0; (await Promise.race([flooding, pause(EVERY_MS)])) !== 'over'; i++) {
      await moveAlias(host, i);
      moved.push(Date.now());
    }
    for (const end = Date.now() + 300_000; receiver.at('/other').length < moved.length; ) {
      if (Date.now() > end) throw new Error('Webhooks were lost');
      await pause(100);
    }
    const waits = receiver.at('/other').map(({ at }, i) => at - (moved[i] ?? at));
    return spread(`webhook of another beside ${EVENTS} to one that would ${name}`, 'ms', waits);
  } finally {
    for (const id of [flooded, other]) await host.call('DELETE', `/api/2.0/mlflow/webhooks/${id}`);
    receiver.stop();
  }
}

async function createWebhook(host: TestHost, url: string, event: string): Promise<string> {
  const [entity = '', action = ''] = event.split('.');
  const body = {
    name: url.split('/').at(-1),
    url,
    events: [{ entity: entity.toUpperCase(), action: action.toUpperCase() }],
  };
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
