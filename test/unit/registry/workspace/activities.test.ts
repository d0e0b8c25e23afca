import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/registry/registry.lambda.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import type { Actor } from '../../../../functions/shared/actor.ts';
import { trackingTable } from '../../../../functions/tracking/table.ts';
import { callAs } from '../../../support/call-as.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

const API = '/api/2.0/mlflow';
const person = (user: string, ...groups: string[]): Actor => ({ user, groups });
const [ANA, BO, LEAD] = [person('ana'), person('bo'), person('lead')];

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable, trackingTable]);
});
afterAll(() => dynamo.stop());

type Shown = Readonly<Record<string, unknown>>;
interface Body {
  readonly activities: Shown[];
  readonly requests: Shown[];
  readonly request: Shown;
  readonly model_version: Shown;
  readonly model_version_databricks: Shown;
}

const call = async (actor: Actor, method: string, path: string, body?: object) => {
  const answer = await callAs<Body>(actor, handler, method, API + path, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(200);
  return answer.body;
};
const of = (name: string, version: string) => `name=${name}&version=${version}`;

async function aModel(name: string, versions: number) {
  await call(ANA, 'POST', '/registered-models/create', { name });
  for (let i = 0; i < versions; i++) {
    await call(ANA, 'POST', '/model-versions/create', { name, source: `s3://bucket/${i}` });
  }
}

const listed = async (name: string, version: string): Promise<Shown[]> =>
  (await call(ANA, 'GET', `/activities/list?${of(name, version)}`)).activities;

describe('the activities of a version', () => {
  it('tell who moved it where in either dialect, and what archived it, the newest first', async () => {
    const name = 'moved';
    await aModel(name, 2);
    const began = Date.now();
    const first = { name, version: '1' };
    await call(BO, 'POST', '/model-versions/transition-stage', { ...first, stage: 'Staging' });
    await call(LEAD, 'POST', '/databricks/model-versions/transition-stage', {
      ...first,
      stage: 'Production',
      archive_existing_versions: false,
      comment: 'good on weekends',
    });
    await call(BO, 'POST', '/model-versions/transition-stage', {
      ...{ name, version: '2', stage: 'Production' },
      archive_existing_versions: true,
    });
    const times = {
      id: expect.any(String),
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: expect.any(Number),
    };
    const activities = await listed(name, '1');
    expect(activities).toEqual([
      {
        ...times,
        activity_type: 'SYSTEM_TRANSITION',
        user_id: 'bo',
        system_comment: 'Archived as version 2 moved to Production',
        from_stage: 'Production',
        to_stage: 'Archived',
      },
      {
        ...times,
        activity_type: 'APPLIED_TRANSITION',
        user_id: 'lead',
        comment: 'good on weekends',
        from_stage: 'Staging',
        to_stage: 'Production',
      },
      {
        ...times,
        activity_type: 'APPLIED_TRANSITION',
        user_id: 'bo',
        from_stage: 'None',
        to_stage: 'Staging',
      },
    ]);
    for (const { creation_timestamp: made, last_updated_timestamp: changed } of activities) {
      expect(made).toBeGreaterThanOrEqual(began);
      expect(made).toBeLessThanOrEqual(Date.now());
      expect(changed).toBe(made);
    }
    expect(new Set(activities.map(({ id }) => id)).size).toBe(activities.length);
    expect(await listed(name, '2')).toMatchObject([
      { activity_type: 'APPLIED_TRANSITION', user_id: 'bo', from_stage: 'None' },
    ]);
  });

  it('tell of requests, of how they were answered, and of comments', async () => {
    const name = 'discussed';
    await aModel(name, 1);
    const of = { name, version: '1' };
    const ask = (stage: string) =>
      call(ANA, 'POST', '/transition-requests/create', { ...of, stage, comment: `to ${stage}` });
    const answer = (how: string, stage: string) =>
      call(LEAD, 'POST', `/transition-requests/${how}`, { ...of, stage, comment: how });
    await ask('Staging');
    await answer('approve', 'Staging');
    await ask('Production');
    await answer('reject', 'Production');
    await ask('Archived');
    const query = `name=${name}&version=1&stage=Archived&creator=ana&comment=never%20mind`;
    await call(ANA, 'DELETE', `/transition-requests/delete?${query}`);
    await call(BO, 'POST', '/comments/create', { ...of, comment: 'hm' });

    const shown = (await listed(name, '1')).map((one) => [
      one.activity_type,
      one.user_id,
      one.comment,
      one.from_stage,
      one.to_stage,
    ]);
    expect(shown).toEqual([
      ['NEW_COMMENT', 'bo', 'hm', undefined, undefined],
      ['CANCELLED_REQUEST', 'ana', 'never mind', 'Staging', 'Archived'],
      ['REQUESTED_TRANSITION', 'ana', 'to Archived', 'Staging', 'Archived'],
      ['REJECTED_REQUEST', 'lead', 'reject', 'Staging', 'Production'],
      ['REQUESTED_TRANSITION', 'ana', 'to Production', 'Staging', 'Production'],
      ['APPROVED_REQUEST', 'lead', 'approve', 'None', 'Staging'],
      ['REQUESTED_TRANSITION', 'ana', 'to Staging', 'None', 'Staging'],
    ]);
  });
});

describe('the open requests of a version', () => {
  it('are listed as the activities by which they were made, and shown with the version', async () => {
    const name = 'asked';
    await aModel(name, 1);
    const body = { name, version: '1', stage: 'Staging', comment: 'please' };
    const { request } = await call(ANA, 'POST', '/transition-requests/create', body);
    const [activity] = await listed(name, '1');
    expect(activity).toMatchObject({ activity_type: 'REQUESTED_TRANSITION', comment: 'please' });
    const actions = ['APPROVE_TRANSITION_REQUEST', 'REJECT_TRANSITION_REQUEST'];
    const available_actions = [...actions, 'CANCEL_TRANSITION_REQUEST'];
    const open = await call(ANA, 'GET', `/transition-requests/list?${of(name, '1')}`);
    expect(open.requests).toEqual([{ ...activity, available_actions }]);
    expect(request).toEqual({ ...activity, available_actions });

    const move = { name, version: '1', stage: 'Archived', archive_existing_versions: false };
    const path = '/databricks/model-versions/transition-stage';
    const { model_version_databricks: version } = await call(LEAD, 'POST', path, move);
    // From where it was asked for, wherever the version is by now.
    expect(version).toMatchObject({ current_stage: 'Archived', open_requests: [activity] });
  });

  it.each([true, false])(
    'archive those in the stage when they are approved as the request says (%s)',
    async (archive_existing_versions) => {
      const name = `archive-${archive_existing_versions}`;
      await aModel(name, 3);
      for (const version of ['1', '2']) {
        const move = { name, version, stage: 'Production' };
        await call(ANA, 'POST', '/model-versions/transition-stage', move);
      }
      const wish = { name, version: '3', stage: 'Production' };
      await call(ANA, 'POST', '/transition-requests/create', wish);
      const path = '/transition-requests/approve';
      await call(LEAD, 'POST', path, { ...wish, archive_existing_versions });
      const stages = [];
      for (const version of ['1', '2', '3']) {
        const { model_version: found } = await call(
          ANA,
          'GET',
          `/model-versions/get?${of(name, version)}`,
        );
        stages.push(found.current_stage);
      }
      const others = archive_existing_versions ? 'Archived' : 'Production';
      expect(stages).toEqual([others, others, 'Production']);
    },
  );
});
