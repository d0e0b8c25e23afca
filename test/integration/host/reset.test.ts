import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const host = new TestHost({ flags: ['--ephemeral'] });
const clients: { destroy(): void }[] = [];
let dynamo: DynamoDBClient;
let s3: S3Client;
let sfn: SFNClient;
let sqs: SQSClient;

const MLFLOW = '/api/2.0/mlflow';
const ARTIFACT = '/api/2.0/mlflow-artifacts/artifacts/0/r/a.txt';

beforeAll(async () => {
  await host.start();
  const config = { ...LOCAL_CLIENT, endpoint: host.awsUrl };
  dynamo = new DynamoDBClient(config);
  s3 = new S3Client(config);
  sfn = new SFNClient(config);
  sqs = new SQSClient(config);
  clients.push(dynamo, s3, sfn, sqs);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await host.stop();
});

/** One of everything that a user can make, and what follows from it still at work. */
async function fill(): Promise<void> {
  const made = await Promise.all([
    host.call('POST', `${MLFLOW}/experiments/create`, { name: 'e' }),
    host.call('POST', `${MLFLOW}/runs/create`, { experiment_id: '0' }),
    host.call('PUT', ARTIFACT, 'text'),
    host.call('POST', '/api/slipway/v1/tokens', { user: 'ana' }),
    host.call('POST', `${MLFLOW}/registered-models/create`, { name: 'm' }),
    host.call('PUT', '/api/slipway/v1/models/m/policy', { validation: { mode: 'enabled' } }),
  ]);
  const version = { name: 'm', source: 's3://nowhere/model' };
  for (let i = 0; i < 5; i++) {
    made.push(await host.call('POST', `${MLFLOW}/model-versions/create`, version));
  }
  expect(made.map(({ status }) => status)).toEqual(Array(made.length).fill(200));
}

/** What is left, by the services' own word; rows that a first start makes are none. */
async function left(): Promise<string[]> {
  const found: string[] = [];
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  for (const TableName of TableNames) {
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName }));
    found.push(...Items.map((item) => `${TableName} ${item.pk?.S} ${item.sk?.S}`));
  }
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name: Bucket } of Buckets) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    // The files of the web interface are the host's own.
    const others = Contents.filter(({ Key }) => !/^(index\.html|static-files\/.*)$/.test(`${Key}`));
    found.push(...others.map(({ Key }) => `object ${Key}`));
  }
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  for (const { stateMachineArn } of stateMachines) {
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    found.push(...executions.map(({ name, status }) => `execution ${name} ${status}`));
  }
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) {
    const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    const { Attributes = {} } = await sqs.send(request);
    const waiting = Object.entries(Attributes).filter(
      ([name, value]) => name.startsWith('ApproximateNumberOf') && value !== '0',
    );
    found.push(...waiting.map(([name, value]) => `${QueueUrl} ${name} ${value}`));
  }
  return found;
}

const reset = () => fetch(`${host.url}/__reset`, { method: 'POST' });

describe('POST /__reset', () => {
  it('leaves nothing, however much is at work, and nothing comes back', async () => {
    for (let round = 0; round < 3; round++) {
      await fill();
      expect((await left()).length).toBeGreaterThan(10);
      const response = await reset();
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('OK');
      expect(await left()).toEqual([]);
      // Whatever was on its way would have come by now.
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(await left()).toEqual([]);
      expect((await host.call('GET', ARTIFACT)).status).toBe(404);
      const models = await host.call('GET', `${MLFLOW}/registered-models/search`);
      expect(models.body).toEqual({});
      const events = await host.call('GET', '/api/slipway/v1/events');
      expect(events.body).toMatchObject({ events: [], last: 0 });
    }
  });

  it('leaves a platform that works as a first start does', async () => {
    await fill();
    await reset();
    await fill();
    await host.waitFor('ModelVersionValidated', { model: 'm', version: '5' });
    expect((await host.events())[0]?.seq).toBe(1);
  });

  it('holds back requests of the same moment, and answers each', async () => {
    const create = (name: string) => host.call('POST', `${MLFLOW}/experiments/create`, { name });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => create(`before ${i}`)),
      reset(),
      ...Array.from({ length: 20 }, (_, i) => create(`after ${i}`)),
      reset(),
    ]);
    // What was at work may find its rows gone in its middle; it is refused then, and nothing breaks.
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect([answers[20]?.status, answers[41]?.status]).toEqual([200, 200]);
  });

  it('is no web page’s to call', async () => {
    const headers = { origin: 'http://evil.example' };
    const response = await fetch(`${host.url}/__reset`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    const create = `${host.url}${MLFLOW}/experiments/create`;
    const api = await fetch(create, { method: 'POST', headers, body: '{"name":"x"}' });
    expect([api.status, await api.text()]).toEqual([403, 'Cross-origin request blocked']);
  });
});

describe('a host that keeps its data', () => {
  it('cannot be emptied', async () => {
    const durable = new TestHost();
    await durable.start();
    await durable.call('POST', `${MLFLOW}/experiments/create`, { name: 'kept' });
    const response = await fetch(`${durable.url}/__reset`, { method: 'POST' });
    expect(response.status).toBe(404);
    const path = `${MLFLOW}/experiments/get-by-name?experiment_name=kept`;
    expect((await durable.call('GET', path)).status).toBe(200);
    await durable.stop();
  });
});

describe('a host with tokens', () => {
  it('keeps the admin’s token through a reset, and no other', async () => {
    const closed = new TestHost({ flags: ['--ephemeral', '--auth', 'token'] });
    await closed.start();
    const admin = /shown only now: (\S+)/.exec(closed.output)?.[1] ?? '';
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const path = '/api/slipway/v1/tokens';
    const user = { user: 'ana' };
    const made = await closed.call<{ token: string }>('POST', path, user, bearer(admin));
    const { token } = made.body;
    expect((await fetch(`${closed.url}/__reset`, { method: 'POST' })).status).toBe(200);
    const listed = await closed.call('GET', path, undefined, bearer(admin));
    expect(listed).toMatchObject({ status: 200, body: { tokens: [{ user: 'admin' }] } });
    expect((await fetch(closed.url + path, { headers: bearer(token) })).status).toBe(403);
    await closed.stop();
  });
});
