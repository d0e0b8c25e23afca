import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { tracesTable } from '../../../../functions/traces/table.ts';
import { allExperiments } from '../../../../functions/tracking/experiments/all-experiments.ts';
import { createExperiment } from '../../../../functions/tracking/experiments/create-experiment.ts';
import { setExperimentLifecycle } from '../../../../functions/tracking/experiments/experiment-lifecycle.ts';
import { setExperimentPermissions } from '../../../../functions/tracking/experiments/experiment-permissions.ts';
import {
  deleteExperimentTag,
  setExperimentTag,
} from '../../../../functions/tracking/experiments/experiment-tags.ts';
import { updateExperiment } from '../../../../functions/tracking/experiments/update-experiment.ts';
import { metricsTable, trackingTable } from '../../../../functions/tracking/table.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

let dynamo: TestDynamo;
const context = aContext({ actor: { user: 'owner', groups: [] } });

beforeAll(async () => {
  dynamo = await startDynamo([trackingTable, metricsTable, tracesTable]);
  process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
});
afterAll(() => dynamo.stop());

let names = 0;
const anExperiment = async () =>
  (await createExperiment({ name: `experiment ${names++}` }, context)).experiment_id;
const listed = async (id: string) =>
  (await allExperiments()).find(({ experiment_id }) => experiment_id === id);

describe('the experiments that a process remembers', () => {
  it('are those of this moment, whoever changed them and how', async () => {
    const experiment_id = await anExperiment();
    expect(await listed(experiment_id)).toMatchObject({ tags: {}, lifecycle_stage: 'active' });

    await updateExperiment({ experiment_id, new_name: 'renamed' }, context);
    expect(await listed(experiment_id)).toMatchObject({ name: 'renamed' });
    await setExperimentTag({ experiment_id, key: 'team', value: 'ads' });
    expect(await listed(experiment_id)).toMatchObject({ tags: { team: 'ads' } });
    await deleteExperimentTag({ experiment_id, key: 'team' });
    expect(await listed(experiment_id)).toMatchObject({ tags: {} });
    const acl = [{ user_name: 'guest', permission_level: 'CAN_READ' }] as const;
    await setExperimentPermissions(experiment_id, acl, { merge: false }, context);
    expect((await listed(experiment_id))?.acl).toContainEqual(expect.objectContaining(acl[0]));
    await setExperimentLifecycle(experiment_id, 'deleted', context);
    expect(await listed(experiment_id)).toMatchObject({
      lifecycle_stage: 'deleted',
      runs_pending: false,
    });
    await setExperimentLifecycle(experiment_id, 'active', context);
    expect(await listed(experiment_id)).toMatchObject({ lifecycle_stage: 'active' });
  });

  it('do not hold one whose row an older release wrote', async () => {
    const experiment_id = await anExperiment();
    await listed(experiment_id);
    const table = process.env.TRACKING_TABLE ?? '';
    await writeOne({ table, put: { pk: 'EXPERIMENTS', sk: experiment_id } });
    await listed(experiment_id);
    await writeOne({
      table,
      key: { pk: `EXPERIMENT#${experiment_id}`, sk: 'META' },
      update: 'SET tags.team = :team',
      values: { ':team': 'ads' },
    });
    expect(await listed(experiment_id)).toMatchObject({ tags: { team: 'ads' } });
  });

  it('are each there once, the default one too', async () => {
    const made = await Promise.all(Array.from({ length: 120 }, anExperiment));
    for (const _ of ['read', 'remembered']) {
      const ids = (await allExperiments()).map(({ experiment_id }) => experiment_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(['0', ...made]));
    }
  });
});
