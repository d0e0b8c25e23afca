import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OperationContext } from '../../../../functions/shared/context.ts';
import { newId } from '../../../../functions/shared/ids.ts';
import { tracesTable } from '../../../../functions/traces/table.ts';
import { createExperiment } from '../../../../functions/tracking/experiments/create-experiment.ts';
import {
  experimentLevel,
  requireLevelOn,
  requireLevelOnRun,
} from '../../../../functions/tracking/experiments/experiment-access.ts';
import {
  getExperimentPermissions,
  setExperimentPermissions,
} from '../../../../functions/tracking/experiments/experiment-permissions.ts';
import { getExperiment } from '../../../../functions/tracking/experiments/get-experiment.ts';
import { createRun } from '../../../../functions/tracking/runs/create-run.ts';
import { metricsTable, trackingTable } from '../../../../functions/tracking/table.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

let dynamo: TestDynamo;
let id = '';
const as = (user: string, ...groups: string[]) => aContext({ actor: { user, groups } });
const owner = as('owner');
const set = (
  list: Parameters<typeof setExperimentPermissions>[1],
  context: OperationContext = owner,
  merge = false,
) => setExperimentPermissions(id, list, { merge }, context);

beforeAll(async () => {
  dynamo = await startDynamo([trackingTable, metricsTable, tracesTable]);
  process.env.ARTIFACT_ROOT = 'mlflow-artifacts:/';
});
beforeEach(async () => {
  ({ experiment_id: id } = await createExperiment({ name: newId() }, owner));
});
afterAll(() => dynamo.stop());

describe('the level of somebody', () => {
  const acl = [
    { user_name: 'ben', permission_level: 'CAN_READ' as const },
    { group_name: 'ops', permission_level: 'CAN_MANAGE' as const },
  ];
  const experiment = { experiment_id: '1', creator: 'ana', acl };
  it.each([
    ['strangers do nothing', experiment, 'eve', ['users'], undefined],
    ['the maker manages', experiment, 'ana', [], 'CAN_MANAGE'],
    ['admins manage', experiment, 'eve', ['admins'], 'CAN_MANAGE'],
    ['a user has what was given', experiment, 'ben', [], 'CAN_READ'],
    ['the highest counts', experiment, 'ben', ['ops'], 'CAN_MANAGE'],
    ['a program edits at most', experiment, 'ben', ['ops', 'programs'], 'CAN_EDIT'],
    ['without a list everybody manages', { experiment_id: '1' }, 'eve', [], 'CAN_MANAGE'],
  ] as const)('%s', (_what, guarded, user, groups, level) => {
    expect(experimentLevel(guarded, { user, groups })).toBe(level);
  });
});

describe('the list of an experiment', () => {
  it('is replaced, or changed for those who are named', async () => {
    await set([{ user_name: 'ben', permission_level: 'CAN_READ' }]);
    const given = [
      { user_name: 'ben', permission_level: 'CAN_EDIT' as const },
      { group_name: 'ops', permission_level: 'CAN_READ' as const },
    ];
    const answer = await set(given, owner, true);
    const all = (permission_level: string, inherited = false) => [{ permission_level, inherited }];
    expect(answer).toEqual({
      object_id: `/experiments/${id}`,
      object_type: 'mlflowExperiment',
      access_control_list: [
        { user_name: 'ben', all_permissions: all('CAN_EDIT') },
        { group_name: 'ops', all_permissions: all('CAN_READ') },
        { group_name: 'admins', all_permissions: all('CAN_MANAGE', true) },
      ],
    });
    expect(await getExperimentPermissions(id, as('ben'))).toEqual(answer);
    const [event] = (await announced('tracking')).filter(
      ({ type, data }) =>
        type === 'ExperimentPermissionsChanged' &&
        data.experiment_id === id &&
        (data.access as unknown[]).length === 2,
    );
    expect(event?.data.access).toEqual([
      { who: 'ben', level: 'CAN_EDIT' },
      { who: 'ops', level: 'CAN_READ' },
    ]);
    expect(event?.data.previous_access).toEqual([{ who: 'ben', level: 'CAN_READ' }]);
  });

  it('loses nothing of what several people give at the same moment', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(
      names.map((user_name) => set([{ user_name, permission_level: 'CAN_READ' }], owner, true)),
    );
    const { access_control_list: list } = (await getExperimentPermissions(id, owner)) as {
      access_control_list: { user_name?: string }[];
    };
    expect(list.flatMap(({ user_name = [] }) => user_name).sort()).toEqual(names);
  });

  it('is no field of an experiment for MLflow', async () => {
    await set([]);
    const { experiment } = (await getExperiment({ experiment_id: id })) as { experiment: object };
    expect(Object.keys(experiment)).not.toEqual(expect.arrayContaining(['acl']));
    expect(Object.keys(experiment)).not.toEqual(expect.arrayContaining(['creator']));
  });

  it('names one in each entry, and is changed by who manages', async () => {
    const two = { user_name: 'a', group_name: 'b', permission_level: 'CAN_READ' as const };
    await expect(set([two])).rejects.toThrow('names just one of');
    await set([{ user_name: 'ben', permission_level: 'CAN_EDIT' }]);
    await expect(set([], as('ben'))).rejects.toThrow(
      `ben needs CAN_MANAGE on Experiment (id=${id})`,
    );
  });
});

describe('what was read of a list', () => {
  it('counts for ten seconds elsewhere, at once where it is changed', async () => {
    const { run_id } = await createRun({ experiment_id: id }, owner);
    const ben = as('ben');
    await requireLevelOnRun(run_id, 'CAN_EDIT', ben);
    await set([{ user_name: 'ben', permission_level: 'CAN_READ' }]);
    await expect(requireLevelOnRun(run_id, 'CAN_EDIT', ben)).rejects.toThrow('ben needs CAN_EDIT');
    await expect(requireLevelOn(id, 'CAN_READ', ben)).resolves.toBeUndefined();
  });

  it('is nothing for an experiment or a run that is not there', async () => {
    await expect(requireLevelOn('424242', 'CAN_EDIT', as('ben'))).resolves.toBeUndefined();
    await expect(requireLevelOnRun('nothing', 'CAN_EDIT', as('ben'))).resolves.toBeUndefined();
  });
});
