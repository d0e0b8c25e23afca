import { describe, expect, it } from 'vitest';
import { loadRun } from '../../../../functions/tracking/runs/run-store.ts';
import { compactRuns, LIMITS } from '../../../../functions/tracking/segments/compact-runs.ts';
import { anExperiment, aRun, get, post, useTracking } from '../api.ts';

useTracking();

const stages = async (runIds: readonly string[]) =>
  Promise.all(
    runIds.map(
      async (run_id) => (await get('/runs/get', { run_id })).body.run.info.lifecycle_stage,
    ),
  );

async function runsStartedAt(experiment_id: string, ...times: number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const start_time of times) ids.push(await aRun({ experiment_id, start_time }));
  return ids;
}

describe('runs of an experiment', () => {
  it('that began at a time or before are deleted, the oldest first, so many at a time', async () => {
    const experiment_id = await anExperiment();
    const ids = await runsStartedAt(experiment_id, 300, 100, 200, 301);
    const request = { experiment_id, max_timestamp_millis: 300 };

    const first = await post('/databricks/runs/delete-runs', { ...request, max_runs: 2 });
    const afterFirst = await stages(ids);
    const second = await post('/databricks/runs/delete-runs', request);
    const third = await post('/databricks/runs/delete-runs', request);

    expect(first.body).toEqual({ runs_deleted: 2 });
    expect(afterFirst).toEqual(['active', 'deleted', 'deleted', 'active']);
    const { info } = (await get('/runs/get', { run_id: ids[1] ?? '' })).body.run;
    expect(info).not.toHaveProperty('deleted_time');
    expect([second.body, third.body]).toEqual([{ runs_deleted: 1 }, { runs_deleted: 0 }]);
    expect(await stages(ids)).toEqual(['deleted', 'deleted', 'deleted', 'active']);
  });

  it('that were deleted since a time are restored, whether they are settled or not', async () => {
    const experiment_id = await anExperiment();
    const ids = await runsStartedAt(experiment_id, 1, 2, 3);
    const [early = '', late = ''] = ids;
    await post('/runs/delete', { run_id: early });
    const limits = { ...LIMITS, minRuns: 1, rest: { ended: 0, running: 0, crowd: 0, sought: 0 } };
    const settled = await compactRuns(experiment_id, Date.now() + 60_000, limits);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const min_timestamp_millis = Date.now();
    await post('/runs/delete', { run_id: late });
    const before = await loadRun(late);
    const request = { experiment_id, min_timestamp_millis };

    const since = await post('/databricks/runs/restore-runs', request);
    const afterSince = await stages(ids);
    const all = await post('/databricks/runs/restore-runs', {
      experiment_id,
      min_timestamp_millis: 0,
    });

    expect(settled).toBe(3);
    expect([since.body, all.body]).toEqual([{ runs_restored: 1 }, { runs_restored: 1 }]);
    expect(afterSince).toEqual(['deleted', 'active', 'active']);
    expect(await stages(ids)).toEqual(['active', 'active', 'active']);
    expect(before).toHaveProperty('deleted_time');
    for (const id of ids) expect(await loadRun(id)).not.toHaveProperty('deleted_time');
  });

  it.each([
    ['no experiment', {}, 'INVALID_PARAMETER_VALUE'],
    ['no time', { experiment_id: '0' }, 'INVALID_PARAMETER_VALUE'],
    [
      'an unknown experiment',
      { experiment_id: '987', max_timestamp_millis: 1 },
      'RESOURCE_DOES_NOT_EXIST',
    ],
    [
      'no runs at all',
      { experiment_id: '0', max_timestamp_millis: 1, max_runs: 0 },
      'INVALID_PARAMETER_VALUE',
    ],
    [
      'too many runs',
      { experiment_id: '0', max_timestamp_millis: 1, max_runs: 10_001 },
      'INVALID_PARAMETER_VALUE',
    ],
  ])('are not deleted for %s', async (_what, request, error_code) => {
    const answer = await post('/databricks/runs/delete-runs', request);

    expect(answer.body).toMatchObject({ error_code });
  });
});

it('experiments are listed by pages, the newest first, deleted ones when asked for', async () => {
  const [first, second] = [await anExperiment(), await anExperiment()];
  await post('/experiments/delete', { experiment_id: second });

  const page = await get('/experiments/list', { max_results: '1' });
  const all = await get('/experiments/list', { view_type: 'ALL' });

  expect(page.body.experiments).toMatchObject([{ experiment_id: first }]);
  expect(page.body.next_page_token).toEqual(expect.any(String));
  expect(all.body.experiments.slice(0, 2)).toMatchObject([
    { experiment_id: second, lifecycle_stage: 'deleted' },
    { experiment_id: first },
  ]);
});
