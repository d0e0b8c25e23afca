import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';
import { classifierOnnx, linearOnnx, onnxDescription } from '../../support/onnx-models.ts';

const host = new TestHost();
const MLFLOW = '/api/2.0/mlflow';
const ENDPOINTS = '/api/2.0/serving-endpoints';

beforeAll(() => host.start());
afterAll(() => host.stop());

/** Registers a version from files that a client uploads. */
async function register(model: string, files: Readonly<Record<string, string | Buffer>>) {
  await host.call('POST', `${MLFLOW}/registered-models/create`, { name: model });
  const created = await host.call<{ run: { info: { run_id: string; artifact_uri: string } } }>(
    'POST',
    `${MLFLOW}/runs/create`,
    { experiment_id: '0' },
  );
  const { info } = created.body.run;
  for (const [path, body] of Object.entries(files)) {
    const place = `0/${info.run_id}/artifacts/model/${path}`;
    const url = `${host.url}/api/2.0/mlflow-artifacts/artifacts/${place}`;
    const uploaded = await fetch(url, { method: 'PUT', body: new Uint8Array(Buffer.from(body)) });
    expect(uploaded.status).toBe(200);
  }
  const registered = await host.call('POST', `${MLFLOW}/model-versions/create`, {
    name: model,
    source: `${info.artifact_uri}/model`,
    run_id: info.run_id,
  });
  expect(registered.status).toBe(200);
}

async function serve(model: string) {
  const entity = { name: 'c', entity_name: model, entity_version: '1' };
  const created = await host.call('POST', ENDPOINTS, {
    name: model,
    config: { served_entities: [entity] },
  });
  expect(created.status).toBe(200);
}

const columns = ['a', 'b'].map((name) => ({ name, type: 'double', required: true }));

describe('an ONNX model that a client uploaded', () => {
  it('is served by the function itself, beside others', async () => {
    await register('linear', { MLmodel: onnxDescription(columns), 'model.onnx': linearOnnx() });
    await register('classes', { MLmodel: onnxDescription(), 'model.onnx': classifierOnnx() });
    for (const model of ['linear', 'classes']) {
      await serve(model);
      await host.waitFor('EndpointVersionSwitched', { endpoint: model, to: '1' });
    }
    const frame = { dataframe_records: [{ a: 1, b: 2 }] };
    for (let i = 0; i < 3; i++) {
      const linear = await host.call('POST', '/serving-endpoints/linear/invocations', frame);
      expect(linear.body).toEqual({ predictions: [{ variable: 0.5 }] });
      const inputs = { inputs: [[0]] };
      const classes = await host.call('POST', '/serving-endpoints/classes/invocations', inputs);
      expect(classes.body).toEqual({
        predictions: { output_label: ['no'], output_probability: [{ no: 0.5, yes: 0.5 }] },
      });
    }
    const types = (await host.events()).map(({ type }) => type);
    expect(types).not.toContain('ScorerRequested');
  });

  it('answers the Open Inference Protocol', async () => {
    const body = {
      inputs: ['a', 'b'].map((name) => ({ name, shape: [2], datatype: 'FP64', data: [1, 3] })),
    };
    const frame = await host.call('POST', '/v2/models/linear/infer', body);
    expect(frame.body).toMatchObject({ outputs: [{ name: 'variable', data: [1.5, 3.5] }] });
    const matrix = { name: 'X', shape: [2, 1], datatype: 'FP32', data: [0, 0] };
    const tensors = await host.call('POST', '/v2/models/classes/infer', { inputs: [matrix] });
    expect(tensors.body).toMatchObject({
      outputs: [{ name: 'output_label', data: ['no', 'no'] }, { name: 'output_probability' }],
    });
  });

  it('fails with the reason when the runtime cannot score it, and hurts nobody', async () => {
    const files = { MLmodel: onnxDescription(), 'model.onnx': linearOnnx(99) };
    await register('later', files);
    await serve('later');
    await host.waitFor('EndpointSwitchFailed', { endpoint: 'later', version: '1' });
    const { body } = await host.call('GET', `${ENDPOINTS}/later`);
    expect(body).toMatchObject({
      pending_config: {
        served_entities: [
          {
            state: {
              deployment: 'DEPLOYMENT_FAILED',
              deployment_state_message: expect.stringMatching(
                /the ONNX runtime refuses the model: .*Opset 99/,
              ),
            },
          },
        ],
      },
    });
    const frame = { dataframe_records: [{ a: 1, b: 2 }] };
    const linear = await host.call('POST', '/serving-endpoints/linear/invocations', frame);
    expect(linear.status).toBe(200);
  });
});
