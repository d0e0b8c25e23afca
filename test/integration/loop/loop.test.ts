import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { putTrainingData, trainingPipeline } from '../../support/training-data.ts';

const host = new TestHost();
let bucket = '';

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

const pipeline = (label: string) => {
  const { data, ...rest } = trainingPipeline(bucket);
  return { ...rest, data: { ...data, label } };
};

beforeAll(async () => {
  await host.start();
  bucket = await putTrainingData(host.awsUrl, 4000);
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

    const answer = await host.call<{ predictions: number[] }>(
      'POST',
      '/serving-endpoints/e/invocations',
      {
        dataframe_records: [
          { x: 0.01, colour: 'blue' },
          { x: 0.99, colour: 'red' },
        ],
      },
    );
    const [low = 1, high = 0] = answer.body.predictions;
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
