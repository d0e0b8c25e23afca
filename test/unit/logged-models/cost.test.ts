import { describe, expect, it } from 'vitest';
import { useCost } from '../../support/figures/cost.ts';
import { anExperiment, aRun, post, useTracking } from '../tracking/api.ts';
import { aModel, logAbout, models } from './api.ts';

useTracking();
const costOf = useCost();

describe('the bill of logged models', () => {
  it('is few units for each change', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    const id = await aModel(experiment_id);
    const costs = {
      create: await costOf(5, () => aModel(experiment_id)),
      tags: await costOf(5, () =>
        models('PATCH', `/${id}/tags`, { tags: [{ key: 'a', value: 'b' }] }),
      ),
      finalize: await costOf(5, () => models('PATCH', `/${id}`, { status: 'LOGGED_MODEL_READY' })),
      output: await costOf(5, (step) =>
        post('/runs/outputs', { run_id, models: [{ model_id: id, step }] }),
      ),
      metric: await costOf(5, (step) => logAbout(run_id, id, { value: step, step })),
    };
    expect(costs.create).toMatchObject({ calls: 2 });
    expect(costs.create.units).toBeLessThanOrEqual(7);
    expect(costs.tags).toEqual({ calls: 1, units: 1 });
    expect(costs.finalize.units).toBeLessThanOrEqual(3);
    expect(costs.output.calls).toBe(1);
    expect(costs.metric.calls).toBe(3);
    expect(costs.metric.units).toBeLessThanOrEqual(4);
  });

  it('is one query for the points of all models that a search looks at', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    for (let i = 0; i < 20; i++) await logAbout(run_id, await aModel(experiment_id), { value: i });
    const { calls, units } = await costOf(1, () =>
      models('POST', '/search', { experiment_ids: [experiment_id], filter: 'metrics.acc >= 15' }),
    );
    expect(calls).toBe(3);
    // One for each model, and a few for the list and the points.
    expect(units).toBeLessThan(25);
  });
});
