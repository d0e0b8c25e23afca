import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getAbReport } from '../../../../functions/monitoring/ab/get-ab-report.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { aContext } from '../../../support/context.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { tinyRows, trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext();
const NAME = 'ab';
const report = (query = '') =>
  platform.monitoring('GET', `/api/slipway/v1/endpoints/${NAME}/ab-report${query}`);

interface Interval {
  readonly estimate: number;
  readonly interval: readonly [number, number];
}
interface Report {
  readonly metric: string;
  readonly arms: {
    readonly served_entity_name: string;
    readonly requests: number;
    readonly predictions: number;
    readonly labelled_rows: number;
    readonly quality: Interval;
    readonly errors: Interval;
    readonly latency_ms: { readonly p50: Interval; readonly p99: Interval };
    readonly cost_per_1000_usd: Interval;
  }[];
  readonly differences: { readonly quality: Interval };
  readonly plan: { readonly labelled_rows_per_arm: number };
  readonly verdict: string;
}

describe('the report on two versions', () => {
  it('has both arms with intervals, a plan, and a verdict in a sentence', async () => {
    await createRegisteredModel({ name: NAME }, context);
    // Version 1 looks at what tells of the label, version 2 at what does not.
    await trainTiny(platform, NAME, 'x', context);
    await trainTiny(platform, NAME, 'n', context);
    const entity = (name: string, entity_version: string) => ({
      name,
      entity_name: NAME,
      entity_version,
    });
    await platform.serving('POST', '/api/2.0/serving-endpoints', {
      name: NAME,
      config: {
        served_entities: [entity('good', '1'), entity('poor', '2')],
        traffic_config: {
          routes: [
            { served_entity_name: 'good', traffic_percentage: 50 },
            { served_entity_name: 'poor', traffic_percentage: 50 },
          ],
        },
      },
    });
    await platform.settle();
    const labels = [];
    for (let i = 0; i < 60; i++) {
      const rows = tinyRows(20, i + 1);
      const id = `request-${i}`;
      const body = {
        dataframe_records: rows.map(({ x, z, n }) => ({ x, z, n })),
        client_request_id: id,
      };
      expect((await platform.invoke(NAME, body)).status).toBe(200);
      labels.push({ client_request_id: id, label: rows.map(({ label }) => label) });
    }
    await platform.monitoring('POST', `/api/slipway/v1/endpoints/${NAME}/labels`, labels as never);
    await platform.watch();
    await platform.settle();

    const { status, body } = await report('?a=good&b=poor&effect=0.05');
    const { metric, arms, differences, plan, verdict } = body as Report;
    expect(status).toBe(200);
    expect(metric).toBe('roc_auc');
    expect(arms.map((arm) => arm.served_entity_name)).toEqual(['good', 'poor']);
    expect(arms.reduce((sum, arm) => sum + arm.requests, 0)).toBe(60);
    expect(arms.reduce((sum, arm) => sum + arm.labelled_rows, 0)).toBe(1200);
    for (const arm of arms) {
      expect(arm.errors.estimate).toBe(0);
      expect(arm.latency_ms.p50.estimate).toBeGreaterThan(0);
      expect(arm.cost_per_1000_usd.estimate).toBeGreaterThan(0);
      expect(arm.quality.interval[0]).toBeLessThan(arm.quality.estimate);
    }
    expect(differences.quality.interval[1]).toBeLessThan(-0.1);
    expect(plan.labelled_rows_per_arm).toBeGreaterThan(100);
    expect(verdict).toMatch(
      /^poor@2 is worse in roc_auc by -0\.\d+ \(-0\.\d+ to -0\.\d+\).* than good@1\.$/,
    );

    const turned = (await report('?a=2&b=1')).body as Report;
    expect(turned.verdict).toMatch(/^good@1 is better in roc_auc/);
    expect((await report('?a=good&b=absent')).status).toBe(400);
    expect((await report('?from=2030-01-01')).status).toBe(400);

    // One window holds all of it: the bound holds within it, and the labels are those of what was read.
    const bounded = await getAbReport(NAME, {}, context, 24);
    expect(bounded.truncated).toBe(true);
    const read = bounded.arms.reduce((sum, arm) => sum + arm.requests, 0);
    expect(read).toBeGreaterThan(8);
    expect(read).toBeLessThanOrEqual(24);
    expect(bounded.arms.reduce((sum, arm) => sum + arm.labelled_rows, 0)).toBe(20 * read);
  });
});
