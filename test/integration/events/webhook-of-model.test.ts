import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { startReceiver } from '../../support/receiver.ts';

const REGISTRY = '/api/2.0/mlflow';

const host = new TestHost({ flags: ['--allow-private-webhooks'] });
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 200 }));
  await host.start();
});
afterAll(async () => {
  await host.stop();
  receiver.stop();
});

it('a webhook of a model goes where the model goes, and ends with it', async () => {
  const [former, name] = ['before', 'after'];
  await host.ok('POST', `${REGISTRY}/registered-models/create`, { name: former });
  const made = await host.ok('POST', `${REGISTRY}/registry-webhooks/create`, {
    events: ['MODEL_VERSION_CREATED'],
    model_name: former,
    http_url_spec: { url: `${receiver.url}/hook` },
  });
  const { id } = made.webhook as { id: string };
  const version = (model: string) =>
    host.ok('POST', `${REGISTRY}/model-versions/create`, { name: model, source: 's3://b/m' });
  const told = () => receiver.at('/hook').map(({ body }) => JSON.parse(body).model_name);
  await host.ok('POST', `${REGISTRY}/registered-models/rename`, { name: former, new_name: name });
  await host.waitFor('WebhookUpdated', { webhook_id: id, model: name });
  await host.ok('POST', `${REGISTRY}/registered-models/create`, { name: former });
  await version(former);
  await version(name);
  await expect.poll(told).toEqual([name]);
  await host.ok('DELETE', `${REGISTRY}/registered-models/delete`, { name });
  await host.waitFor('WebhookDeleted', { webhook_id: id });
  expect(await host.ok('GET', `${REGISTRY}/registry-webhooks/list`)).toEqual({});
  expect(told()).toEqual([name]);
});
