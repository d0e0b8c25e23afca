import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../support/host.ts';

const host = new TestHost();
let bucket = '';

/** Rows whose label depends on x, with noise from a small generator: the same in every run. */
function csv(rows: number): string {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const lines = ['at,x,colour,late'];
  for (let i = 0; i < rows; i++) {
    const x = random();
    const colour = random() < 0.5 ? 'red' : 'blue';
    const late = random() < 0.15 + 0.6 * x + (colour === 'red' ? 0.1 : 0) ? 1 : 0;
    const at = new Date(Date.UTC(2026, 0, 1) + (i / rows) * 30 * 86_400_000).toISOString();
    lines.push(`${at},${x.toFixed(4)},${colour},${late}`);
  }
  return `${lines.join('\n')}\n`;
}

const policy = {
  validation: {
    mode: 'enabled',
    evaluation_data: { path: 'run:/evaluation/holdout.parquet', format: 'parquet', label: 'late' },
    thresholds: [{ metric: 'roc_auc', min: 0.55 }],
  },
  promotion: {
    mode: 'auto',
    metric: 'roc_auc',
    test: 'delong',
    rule: 'superior',
    baseline: { metric: 'roc_auc', min: 0.55 },
  },
};

const pipeline = (label: string) => ({
  model: 'm',
  data: {
    train: `s3://${bucket}/data/`,
    label,
    exclude: ['at'],
    time_column: 'at',
    window_end: '2026-01-31T00:00:00Z',
    trailing: 'P60D',
    holdout: 'P7D',
  },
  training: { hyperparameters: { trees: 20 } },
});

beforeAll(async () => {
  await host.start();
  const s3 = new S3Client({
    endpoint: host.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
  const put = { Bucket: bucket, Key: 'data/rows.csv', Body: csv(4000) };
  await s3.send(new PutObjectCommand(put));
});

afterAll(() => host.stop());

describe('the loop', () => {
  it('takes data to an endpoint that answers', async () => {
    await host.call('PUT', '/api/slipway/v1/models/m/policy', policy);
    const defined = await host.call('PUT', '/api/slipway/v1/pipelines/p', pipeline('late'));
    expect(defined.status).toBe(200);
    const created = await host.call('POST', '/api/2.0/serving-endpoints', {
      name: 'e',
      config: { served_entities: [{ name: 'c', entity_name: 'm', entity_version: '@champion' }] },
    });
    expect(created.body).toMatchObject({ state: { ready: 'NOT_READY' } });
    await expect
      .poll(async () => (await host.call('GET', '/api/2.0/serving-endpoints/e')).body)
      .toMatchObject({ state: { ready: 'NOT_READY', summary: 'WAITING_FOR_ALIAS' } });
    await host.call('POST', '/api/slipway/v1/pipelines/p/executions', { reason: 'test' });
    await host.waitFor('EndpointVersionSwitched', { endpoint: 'e', to: '1' });

    const answer = await host.call('POST', '/serving-endpoints/e/invocations', {
      dataframe_records: [
        { x: 0.01, colour: 'blue' },
        { x: 0.99, colour: 'red' },
      ],
    });
    const [low = 1, high = 0] = answer.body.predictions as unknown as number[];
    expect(low).toBeLessThan(high);

    const version = await host.call('GET', '/api/2.0/mlflow/model-versions/get?name=m&version=1');
    expect(version.body.model_version).toMatchObject({
      tags: expect.arrayContaining([{ key: 'model_validation_status', value: 'PASSED' }]),
    });
  });

  it('tells each fact once and in order', async () => {
    const types = (await host.events()).map(({ type }) => type);
    for (const type of ['ModelVersionRegistered', 'ModelVersionValidated', 'PromotionDecided']) {
      expect(
        types.filter((one) => one === type),
        type,
      ).toHaveLength(1);
    }
    const sequence = (await host.events()).map(({ seq }) => seq);
    expect(sequence).toEqual(sequence.map((_, i) => i + 1));
  });

  it('goes on after training that fails, and says why', async () => {
    await host.call('PUT', '/api/slipway/v1/pipelines/broken', pipeline('no_such_column'));
    const { body } = await host.call('POST', '/api/slipway/v1/pipelines/broken/executions', {
      reason: 'test',
    });
    const failed = await host.waitFor('PipelineFailed', { execution_id: body.id });
    expect(String(failed.data.cause)).toContain('no_such_column');
    const execution = await host.call('GET', `/api/slipway/v1/executions/${body.id}`);
    expect(execution.body).toMatchObject({ status: 'FAILED' });
  });

  it('goes on through kill -9 in the middle of training', async () => {
    const { body } = await host.call('POST', '/api/slipway/v1/pipelines/p/executions', {
      reason: 'killed',
    });
    await host.waitFor('TrainingRequested', { execution_id: body.id });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await host.kill();
    await host.start();
    const done = await host.waitFor('PipelineSucceeded', { execution_id: body.id });
    expect(done.data.version).toBe('2');
    await host.waitFor('PromotionDecided', { challenger: '2' });
    const events = await host.events();
    const about = (type: string, key: string) =>
      events.filter((event) => event.type === type && event.data[key] === '2');
    expect(about('ModelVersionRegistered', 'version')).toHaveLength(1);
    expect(about('ModelVersionValidated', 'version')).toHaveLength(1);
    expect(about('PromotionDecided', 'challenger')).toHaveLength(1);
  });
});

describe('bad input', () => {
  it.each([
    [
      'POST',
      '/api/2.0/mlflow/experiments/create',
      '{bad',
      400,
      /MALFORMED_REQUEST|INVALID_PARAMETER/,
    ],
    [
      'POST',
      '/api/2.0/mlflow/runs/log-metric',
      { run_id: 'x', key: 'a' },
      400,
      /INVALID_PARAMETER/,
    ],
    ['GET', '/api/2.0/mlflow/runs/get?run_id=nope', undefined, 404, /RESOURCE_DOES_NOT_EXIST/],
    ['PUT', '/api/slipway/v1/models/m/policy', { wrong: 1 }, 400, /INVALID_PARAMETER/],
    ['GET', '/api/2.0/nothing/here', undefined, 404, /ENDPOINT_NOT_FOUND/],
    ['POST', '/serving-endpoints/none/invocations', { inputs: [] }, 404, /RESOURCE_DOES_NOT_EXIST/],
  ])('%s %s is refused', async (method, path, body, status, code) => {
    const answer = await host.call(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error_code).toMatch(code);
  });
});
