import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestHost } from '../support/host.ts';

const KILLS = 30;
const WRITERS = 4;

const host = new TestHost();

beforeAll(() => host.start());
afterAll(() => host.stop());

/** What somebody was told had been stored. */
interface Acknowledged {
  readonly points: Set<string>;
  readonly versions: Set<string>;
}

async function write(
  runId: string,
  writer: number,
  acknowledged: Acknowledged,
  until: () => boolean,
) {
  for (let i = 0; !until(); i++) {
    const key = `w${writer}`;
    try {
      const logged = await host.call('POST', '/api/2.0/mlflow/runs/log-batch', {
        run_id: runId,
        metrics: [{ key, value: i, timestamp: i, step: i }],
      });
      if (logged.status === 200) acknowledged.points.add(`${key}/${i}`);
      if (i % 5 === 0) {
        const { status, body } = await host.call('POST', '/api/2.0/mlflow/model-versions/create', {
          name: 'm',
          source: 'mlflow-artifacts:/0/none/artifacts/model',
        });
        const version = body.model_version as { version?: string } | undefined;
        if (status === 200) acknowledged.versions.add(String(version?.version));
      }
    } catch {
      // The host was killed under this request: nothing was acknowledged.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe(`${KILLS} kills under load`, () => {
  it('lose nothing that was acknowledged, and tell every version once', async () => {
    const run = await host.call('POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0' });
    const { run_id: runId } = (run.body.run as unknown as { info: { run_id: string } }).info;
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'm' });
    const acknowledged: Acknowledged = { points: new Set(), versions: new Set() };
    let over = false;
    const writers = Array.from({ length: WRITERS }, (_, writer) =>
      write(runId, writer, acknowledged, () => over),
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 600));
      await host.kill();
      await host.start();
    }
    over = true;
    await Promise.all(writers);
    expect(acknowledged.points.size).toBeGreaterThan(KILLS);

    const stored = new Set<string>();
    for (let writer = 0; writer < WRITERS; writer++) {
      const path = `/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=w${writer}`;
      const { body } = await host.call('GET', path);
      for (const { key, step } of (body.metrics ?? []) as { key: string; step?: number }[]) {
        stored.add(`${key}/${step ?? 0}`);
      }
    }
    expect([...acknowledged.points].filter((point) => !stored.has(point))).toEqual([]);

    const last = Math.max(...[...acknowledged.versions].map(Number));
    await host.waitFor('ModelVersionRegistered', { version: String(last) });
    const told = (await host.events())
      .filter(({ type }) => type === 'ModelVersionRegistered')
      .map(({ data }) => String(data.version));
    expect(new Set(told).size).toBe(told.length);
    expect([...acknowledged.versions].filter((version) => !told.includes(version))).toEqual([]);
    const sequence = (await host.events()).map(({ seq }) => seq);
    expect(sequence).toEqual(sequence.map((_, i) => i + 1));
  });
});
