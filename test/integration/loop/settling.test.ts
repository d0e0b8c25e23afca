import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshRuns } from '../../../functions/tracking/segments/settled-run-store.ts';
import { TestHost } from '../../support/host.ts';

const RUNS = 150;
const API = '/api/2.0/mlflow';

const host = new TestHost();

beforeAll(async () => {
  await host.start();
  host.useTables({ TRACKING_TABLE: 'slipway-dev-tracking' });
});
afterAll(() => host.stop());

const post = (path: string, body: object) =>
  host.call<{ runs?: object[] }>('POST', API + path, body);

describe('running runs that somebody looks for', () => {
  it('are settled within seconds, so that searches need not read each, and found as before', async () => {
    for (let i = 0; i < RUNS; i++) {
      const tags = [{ key: 'even', value: `${i % 2 === 0}` }];
      await post('/runs/create', { experiment_id: '0', start_time: Date.now(), tags });
    }
    expect(await freshRuns('0')).toHaveLength(RUNS);
    const found = async () => {
      const filter = "tags.even = 'true'";
      const { body } = await post('/runs/search', { experiment_ids: ['0'], filter });
      return body.runs?.length;
    };
    await expect
      .poll(async () => {
        // Each of these searches asks again.
        expect(await found()).toBe(RUNS / 2);
        return (await freshRuns('0')).length;
      })
      .toBe(0);
    expect(await found()).toBe(RUNS / 2);
  });
});
