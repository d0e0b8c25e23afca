import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalKind } from '../../../../functions/approvals/approval.ts';
import { findApproval } from '../../../../functions/approvals/approval-store.ts';
import { requestApproval } from '../../../../functions/approvals/index.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { getModel } from '../../../../functions/registry/models/model-store.ts';
import {
  levelOfMove,
  PERMISSION_LEVELS,
  permissionLevel,
} from '../../../../functions/registry/permissions.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { transitionStage } from '../../../../functions/registry/versions/transition-stage.ts';
import { getVersion } from '../../../../functions/registry/versions/version-store.ts';
import {
  createComment,
  deleteComment,
  updateComment,
} from '../../../../functions/registry/workspace/comments.ts';
import { setModelPermissions } from '../../../../functions/registry/workspace/model-permissions.ts';
import { openRequests as openRequestsOf } from '../../../../functions/registry/workspace/open-requests.ts';
import {
  approveTransitionRequest,
  createTransitionRequest,
  deleteTransitionRequest,
  rejectTransitionRequest,
} from '../../../../functions/registry/workspace/transition-requests.ts';
import { listActivities } from '../../../../functions/registry/workspace/workspace-store.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { newId } from '../../../../functions/shared/ids.ts';
import { trackingTable } from '../../../../functions/tracking/table.ts';
import { aContext } from '../../../support/context.ts';
import { before } from '../../../support/crash/kill-at.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

let dynamo: TestDynamo;
let name = '';
const as = (user: string, ...groups: string[]) => aContext({ actor: { user, groups } });
const owner = as('owner');
const stageOf = async (version = 1) => (await getVersion(name, version)).current_stage;
const openRequests = async (model: string, version: number) =>
  (await openRequestsOf(await getVersion(model, version))).map(({ request }) => request);
const ask = (stage: string, user = 'ana') =>
  createTransitionRequest({ name, version: '1', stage, comment: 'please' }, as(user));

beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable, trackingTable]);
});
beforeEach(async () => {
  name = `model-${newId()}`;
  await createRegisteredModel({ name }, owner);
  await createModelVersion({ name, source: 's3://b/m' }, owner);
});
afterAll(() => dynamo.stop());

describe('a transition request', () => {
  it('moves the version when it is approved, and closes what others asked for the same stage', async () => {
    await ask('staging');
    await ask('Staging', 'bo');
    await ask('Archived', 'bo');
    const activity = await approveTransitionRequest(
      { name, version: '1', stage: 'Staging', comment: 'fine' },
      as('lead'),
    );
    expect(activity).toMatchObject({
      activity_type: 'APPROVED_REQUEST',
      from_stage: 'None',
      to_stage: 'Staging',
      user_id: 'lead',
      comment: 'fine',
    });
    expect(await stageOf()).toBe('Staging');
    expect(await openRequests(name, 1)).toMatchObject([{ to_stage: 'Archived', user_id: 'bo' }]);
    const activities = await listActivities(name, 1);
    expect(activities.map(({ activity_type: type }) => type)).toEqual([
      'APPROVED_REQUEST',
      'REQUESTED_TRANSITION',
      'REQUESTED_TRANSITION',
      'REQUESTED_TRANSITION',
    ]);
    const events = (await announced('registry')).filter(({ data }) => data.model === name);
    expect(events.map(({ type }) => type)).toEqual([
      'RegisteredModelCreated',
      'ModelVersionRegistered',
      'TransitionRequested',
      'TransitionRequested',
      'TransitionRequested',
      'TransitionRequestAnswered',
      'ModelStageChanged',
    ]);
  });

  it('leaves the version where it is when it is rejected or taken back', async () => {
    await ask('Staging');
    await rejectTransitionRequest({ name, version: '1', stage: 'Staging' }, as('lead'));
    await ask('Staging');
    await deleteTransitionRequest({ name, version: '1', stage: 'Staging' }, as('ana'));
    expect(await stageOf()).toBe('None');
    expect(await openRequests(name, 1)).toEqual([]);
    const types = (await listActivities(name, 1)).map(({ activity_type: type }) => type);
    expect(types).toContain('REJECTED_REQUEST');
    expect(types).toContain('CANCELLED_REQUEST');
  });

  it('is made once by each person, and only of what exists', async () => {
    await ask('Staging');
    await expect(ask('Staging')).rejects.toThrow('already');
    const missing = { name, version: '9', stage: 'Staging' };
    await expect(createTransitionRequest(missing, owner)).rejects.toThrow('not found');
    const nothing = { name, version: '1', stage: 'Archived' };
    await expect(approveTransitionRequest(nothing, owner)).rejects.toThrow('Nobody has asked');
    await expect(ask('Nowhere')).rejects.toThrow('Invalid Model Version stage');
  });

  it('is answered once when two answer at the same time', async () => {
    await ask('Staging');
    const input = { name, version: '1', stage: 'Staging' };
    const answers = await Promise.allSettled([
      approveTransitionRequest(input, as('lead')),
      rejectTransitionRequest(input, as('other')),
    ]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const answered = (await announced('registry')).filter(
      ({ type, data }) => type === 'TransitionRequestAnswered' && data.model === name,
    );
    expect(answered).toHaveLength(1);
  });
});

describe('a promotion that waits for people', () => {
  const waiting = async (quorum: number, kind: ApprovalKind = 'promotion') => {
    const id = newId();
    await requestApproval(
      {
        id,
        kind,
        ...(kind === 'rollout' && { endpoint: 'delays' }),
        model: name,
        version: '1',
        champion: null,
        requested_by: 'trainer',
        approvers: ['group:leads'],
        quorum,
        self_approval: false,
        expires_at: '2026-12-01T00:00:00.000Z',
        evidence: 'AUC 0.71 against 0.70',
        token: 't',
      },
      owner,
    );
    return id;
  };

  it('is a request for Production that its approvers approve', async () => {
    const id = await waiting(2);
    const [request] = await openRequests(name, 1);
    expect(request).toMatchObject({ to_stage: 'Production', user_id: 'trainer' });
    const input = { name, version: '1', stage: 'Production', comment: 'ok' };
    await expect(approveTransitionRequest(input, as('eve', 'users'))).rejects.toThrow('approvers');
    const first = await approveTransitionRequest(input, as('ana', 'leads'));
    expect(first.system_comment).toBe('1 of 2 approvals');
    expect(await stageOf()).toBe('None');
    await approveTransitionRequest(input, as('bo', 'leads'));
    expect(await stageOf()).toBe('Production');
    expect((await findApproval(id))?.status).toBe('APPROVED');
  });

  it('moves the version whatever level its approvers have on the model', async () => {
    const readers = [{ group_name: 'leads', permission_level: 'CAN_READ' as const }];
    await setModelPermissions(name, readers, { merge: false }, owner);
    await ask('Production', 'owner');
    const id = await waiting(1);
    const input = { name, version: '1', stage: 'Production', comment: 'ok' };
    await expect(approveTransitionRequest(input, as('eve', 'users'))).rejects.toThrow('approvers');
    const activity = await approveTransitionRequest(input, as('ana', 'leads'));
    expect(activity).toMatchObject({ activity_type: 'APPROVED_REQUEST', user_id: 'ana' });
    expect((await findApproval(id))?.status).toBe('APPROVED');
    expect(await stageOf()).toBe('Production');
    expect(await openRequests(name, 1)).toEqual([]);
  });

  it('asks for the level where no promotion waits', async () => {
    const readers = [{ group_name: 'leads', permission_level: 'CAN_READ' as const }];
    await setModelPermissions(name, readers, { merge: false }, owner);
    await ask('Production', 'owner');
    const input = { name, version: '1', stage: 'Production', comment: 'ok' };
    await expect(approveTransitionRequest(input, as('ana', 'leads'))).rejects.toThrow(
      'ana needs CAN_MANAGE_PRODUCTION_VERSIONS',
    );
    expect(await stageOf()).toBe('None');
  });

  it('is denied by a rejection', async () => {
    const id = await waiting(1);
    const input = { name, version: '1', stage: 'Production', comment: 'no' };
    await rejectTransitionRequest(input, as('ana', 'leads'));
    expect((await findApproval(id))?.status).toBe('DENIED');
  });

  it.each(['approve', 'reject'] as const)(
    'is answered (%s) whatever happens to the requests for the stage while its vote is counted',
    async (how) => {
      await ask('Production', 'bo');
      const id = await waiting(1);
      const input = { name, version: '1', stage: 'Production', comment: 'so be it' };
      const take = () => deleteTransitionRequest({ ...input, creator: 'bo' }, as('bo'));
      const answer = how === 'approve' ? approveTransitionRequest : rejectTransitionRequest;
      // After the requests were listed, before they are closed.
      await before(7, take, () => answer(input, as('ana', 'leads')).then(() => undefined));
      expect((await findApproval(id))?.status).toBe(how === 'approve' ? 'APPROVED' : 'DENIED');
      expect(await stageOf()).toBe(how === 'approve' ? 'Production' : 'None');
      expect(await openRequests(name, 1)).toEqual([]);
      const answers = (await listActivities(name, 1)).filter(({ user_id }) => user_id === 'ana');
      expect(answers).toMatchObject([{ to_stage: 'Production', comment: 'so be it' }]);
    },
  );

  it('is not the rollout of the same version: a stage is no answer to that', async () => {
    const rollout = await waiting(1, 'rollout');
    expect(await openRequests(name, 1)).toEqual([]);
    const input = { name, version: '1', stage: 'Production', comment: 'ok' };
    await expect(approveTransitionRequest(input, as('ana', 'leads'))).rejects.toThrow('Nobody');
    const promotion = await waiting(1);
    await waiting(1, 'rollout');
    await approveTransitionRequest(input, as('ana', 'leads'));
    expect((await findApproval(promotion))?.status).toBe('APPROVED');
    expect((await findApproval(rollout))?.status).toBe('PENDING');
  });
});

describe('a comment', () => {
  it('is its author’s to change and to delete', async () => {
    const { id } = await createComment({ name, version: '1', comment: 'hm' }, as('ana'));
    await expect(updateComment({ id, comment: 'x' }, as('bo'))).rejects.toThrow("ana's");
    expect(await updateComment({ id, comment: 'better' }, as('ana'))).toMatchObject({
      id,
      comment: 'better',
    });
    await deleteComment({ id }, as('bo', 'admins'));
    await expect(deleteComment({ id }, as('ana'))).rejects.toThrow('not found');
    expect((await listActivities(name, 1))[0]?.activity_type).toBe('NEW_COMMENT');
  });

  it('needs a version', async () => {
    const input = { name, version: '7', comment: 'hm' };
    await expect(createComment(input, owner)).rejects.toThrow('not found');
  });
});

describe('permissions', () => {
  const grant = (permission_level: (typeof PERMISSION_LEVELS)[number]) =>
    setModelPermissions(name, [{ group_name: 'team', permission_level }], { merge: false }, owner);

  it('loses nothing of what several people give at the same moment', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const give = (user_name: string) =>
      setModelPermissions(
        name,
        [{ user_name, permission_level: 'CAN_READ' }],
        { merge: true },
        owner,
      );
    await Promise.all(names.map(give));
    const { acl = [] } = await getModel(name);
    expect(acl.flatMap(({ user_name = [] }) => user_name).sort()).toEqual(names);
  });

  it.each([
    ['None', 'Staging', 'CAN_MANAGE_STAGING_VERSIONS'],
    ['Staging', 'Archived', 'CAN_MANAGE_STAGING_VERSIONS'],
    ['Staging', 'Production', 'CAN_MANAGE_PRODUCTION_VERSIONS'],
    ['Production', 'Archived', 'CAN_MANAGE_PRODUCTION_VERSIONS'],
  ] as const)('%s to %s takes %s', (from, to, level) => {
    expect(levelOfMove(from, to)).toBe(level);
  });

  it('let just those move versions who have the level of the move', async () => {
    const member = as('mia', 'team');
    for (const level of PERMISSION_LEVELS) {
      await grant(level);
      for (const [stage, needed] of [
        ['Staging', 'CAN_MANAGE_STAGING_VERSIONS'],
        ['Production', 'CAN_MANAGE_PRODUCTION_VERSIONS'],
        ['Archived', 'CAN_MANAGE_PRODUCTION_VERSIONS'],
        ['None', 'CAN_MANAGE_STAGING_VERSIONS'],
      ] as const) {
        const may = PERMISSION_LEVELS.indexOf(level) >= PERMISSION_LEVELS.indexOf(needed);
        const moved = transitionStage({ name, version: '1', stage }, member);
        if (may) await moved;
        else await expect(moved, `${level} ${stage}`).rejects.toThrow(`mia needs ${needed}`);
        if (!may) await transitionStage({ name, version: '1', stage }, owner);
      }
    }
  });

  it('give nothing to who is not in the list, everything to admins and the owner', async () => {
    await grant('CAN_MANAGE');
    await expect(
      createTransitionRequest({ name, version: '1', stage: 'Staging' }, as('stranger')),
    ).rejects.toThrow('CAN_READ');
    const model = { acl: [], user_id: 'owner' };
    expect(permissionLevel(model, { user: 'stranger', groups: [] })).toBeUndefined();
    expect(permissionLevel(model, { user: 'owner', groups: [] })).toBe('CAN_MANAGE');
    expect(permissionLevel(model, { user: 'root', groups: ['admins'] })).toBe('CAN_MANAGE');
  });

  it('keep other entries when one is changed, and refuse entries that name two', async () => {
    await grant('CAN_EDIT');
    const changed = await setModelPermissions(
      name,
      [{ user_name: 'ana', permission_level: 'CAN_READ' }],
      { merge: true },
      owner,
    );
    expect(changed).toMatchObject({
      access_control_list: [
        { group_name: 'team', all_permissions: [{ permission_level: 'CAN_EDIT' }] },
        { user_name: 'ana', all_permissions: [{ permission_level: 'CAN_READ' }] },
        { group_name: 'admins', all_permissions: [{ inherited: true }] },
      ],
    });
    const two = [{ user_name: 'a', group_name: 'b', permission_level: 'CAN_READ' as const }];
    await expect(setModelPermissions(name, two, { merge: false }, owner)).rejects.toThrow('one of');
  });
});
