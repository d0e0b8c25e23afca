import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../functions/webhooks/webhooks.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { startDynamo, type TestDynamo } from '../../support/dynamo.ts';

const WEBHOOKS = '/api/2.0/mlflow/webhooks';
const REGISTRY = '/api/2.0/mlflow/registry-webhooks';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const call = (method: string, path: string, body?: object) =>
  callApi(handler as never, method, path, body);

describe('a webhook', () => {
  it('needs an address and events', async () => {
    const hook = { name: 'n', url: 'https://example.com' };
    expect((await call('POST', WEBHOOKS, hook)).body).toMatchObject({
      message: expect.stringContaining("Missing value for required parameter 'events'"),
    });
    expect((await call('POST', WEBHOOKS, { ...hook, url: ' ', events: [] })).body).toMatchObject({
      message: "Webhook URL cannot be empty or just whitespace: ' '",
    });
    expect((await call('POST', WEBHOOKS, { ...hook, events: [] })).body).toMatchObject({
      message: 'Webhook events must be a non-empty list of WebhookEvent objects: [].',
    });
  });

  it('is made of no event or status that was not read', async () => {
    const hook = { name: 'n', url: 'https://example.com' };
    const events = [{ entity: 0, action: 'CREATED' }];
    expect((await call('POST', WEBHOOKS, { ...hook, events })).body).toMatchObject({
      message: expect.stringContaining("Missing value for required parameter 'entity'"),
    });
    const known = [{ entity: 'PROMPT', action: 'CREATED' }];
    expect(
      (await call('POST', WEBHOOKS, { ...hook, events: known, status: 0 })).body,
    ).toMatchObject({
      message: expect.stringContaining("Invalid value 0 for parameter 'status' supplied"),
    });
  });
});

describe('registry webhooks', () => {
  it.each([
    [{ events: ['NO_SUCH'], http_url_spec: { url: 'https://example.com' } }, 'Unknown event'],
    [{ events: ['COMMENT_CREATED'] }, 'http_url_spec.url'],
    [{ http_url_spec: { url: 'https://example.com' } }, 'events'],
    [
      { events: ['COMMENT_CREATED'], job_spec: { job_id: 'x', workspace_url: 'https://e.com' } },
      'must be a number',
    ],
    [{ events: ['COMMENT_CREATED'], http_url_spec: { url: 'ftp://e.com' } }, 'scheme'],
  ])('refuse %j', async (body, message) => {
    const refused = await call('POST', `${REGISTRY}/create`, body);
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain(message);
  });
});
