import { TestHost } from '../../support/host.ts';

const ROUNDS = 20;
const RUNS = 50;

/** Milliseconds of `POST /__reset` on a host with experiments, runs, files and a validation at work. */
export async function reset(): Promise<number[]> {
  const host = new TestHost({ flags: ['--ephemeral'] });
  await host.start();
  const times: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await fill(host);
      const started = performance.now();
      const response = await fetch(`${host.url}/__reset`, { method: 'POST' });
      await response.arrayBuffer();
      times.push(performance.now() - started);
      if (!response.ok) throw new Error(`Reset answered ${response.status}`);
    }
    return times;
  } finally {
    await host.stop();
  }
}

async function fill(host: TestHost): Promise<void> {
  const mlflow = '/api/2.0/mlflow';
  await host.call('POST', `${mlflow}/registered-models/create`, { name: 'm' });
  await host.call('PUT', '/api/slipway/v1/models/m/policy', { validation: { mode: 'enabled' } });
  const file = (i: number) => `/api/2.0/mlflow-artifacts/artifacts/0/r/${i}.txt`;
  await Promise.all(
    Array.from({ length: RUNS }, async (_, i) => {
      await host.call('POST', `${mlflow}/runs/create`, { experiment_id: '0' });
      await host.call('PUT', file(i), 'x'.repeat(10_000));
    }),
  );
  const version = { name: 'm', source: 's3://nowhere/model' };
  await host.call('POST', `${mlflow}/model-versions/create`, version);
}
