import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestApproval } from '../../../../functions/approvals/index.ts';
import { PERMISSION_LEVELS } from '../../../../functions/registry/permissions.ts';
import { handler } from '../../../../functions/registry/registry.lambda.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import type { Actor } from '../../../../functions/shared/actor.ts';
import { trackingTable } from '../../../../functions/tracking/table.ts';
import { callAs } from '../../../support/call-as.ts';
import { aContext } from '../../../support/context.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';

const API = '/api/2.0/mlflow';
const person = (user: string, ...groups: string[]): Actor => ({ user, groups });
const OWNER = person('owner');
const APPROVE = 'APPROVE_TRANSITION_REQUEST';
const REJECT = 'REJECT_TRANSITION_REQUEST';
const CANCEL = 'CANCEL_TRANSITION_REQUEST';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable, trackingTable]);
});
afterAll(() => dynamo.stop());

interface Request {
  readonly to_stage: string;
  readonly user_id: string;
  /** MLflow's wire leaves empty lists out. */
  readonly available_actions?: string[];
}
interface Body {
  readonly registered_model_databricks?: { readonly id: string; readonly permission_level: string };
  readonly model_version_databricks: object;
  readonly request: Request;
  readonly requests?: Request[];
}
const call = (actor: Actor, method: string, path: string, body?: object) =>
  callAs<Body>(actor, handler, method, path, body);

/** A model with a version that gives each level to a user and to a group of the level's name. */
async function aModel(name: string): Promise<void> {
  await call(OWNER, 'POST', `${API}/registered-models/create`, { name });
  await call(OWNER, 'POST', `${API}/model-versions/create`, { name, source: 's3://b/m' });
  const path = `${API}/databricks/registered-models/get?name=${name}`;
  const id = (await call(OWNER, 'GET', path)).body.registered_model_databricks?.id;
  const access_control_list = PERMISSION_LEVELS.flatMap((permission_level) => [
    { user_name: `user-${permission_level}`, permission_level },
    { group_name: `group-${permission_level}`, permission_level },
  ]);
  const list = `/api/2.0/permissions/registered-models/${id}`;
  expect((await call(OWNER, 'PUT', list, { access_control_list })).status).toBe(200);
}

const levelOn = async (name: string, actor: Actor) => {
  const path = `${API}/databricks/registered-models/get?name=${name}`;
  const { status, body } = await call(actor, 'GET', path);
  return { status, level: body.registered_model_databricks?.permission_level };
};

describe('what a caller may do with a model', () => {
  it('is the level of the list, by name, by group, and the higher of two', async () => {
    await aModel('levels');
    for (const level of PERMISSION_LEVELS) {
      const shown = { status: 200, level };
      expect(await levelOn('levels', person(`user-${level}`))).toEqual(shown);
      expect(await levelOn('levels', person('mia', `group-${level}`))).toEqual(shown);
      const both = person(`user-${level}`, 'group-CAN_READ', 'group-CAN_EDIT');
      const higher = level === 'CAN_READ' ? 'CAN_EDIT' : level;
      expect(await levelOn('levels', both)).toEqual({ status: 200, level: higher });
    }
    const manage = { status: 200, level: 'CAN_MANAGE' };
    expect(await levelOn('levels', OWNER)).toEqual(manage);
    expect(await levelOn('levels', person('root', 'admins'))).toEqual(manage);
    const program = person('job', 'programs', 'group-CAN_MANAGE');
    expect(await levelOn('levels', program)).toEqual({ status: 200, level: 'CAN_EDIT' });
    expect(await levelOn('levels', person('stranger'))).toEqual({ status: 403 });
  });

  it('shows with a version that was moved, with what is asked for it', async () => {
    await aModel('moved');
    const wish = { name: 'moved', version: '1', stage: 'Archived' };
    const asked = await call(OWNER, 'POST', `${API}/transition-requests/create`, wish);
    expect(asked.status).toBe(200);
    const path = `${API}/databricks/model-versions/transition-stage`;
    const move = { name: 'moved', version: '1', archive_existing_versions: false };
    for (const level of PERMISSION_LEVELS.slice(2)) {
      const { body } = await call(person('mia', `group-${level}`), 'POST', path, {
        ...move,
        stage: 'Staging',
      });
      expect(body.model_version_databricks).toMatchObject({
        permission_level: level,
        open_requests: [{ user_id: 'owner', to_stage: 'Archived', from_stage: 'None' }],
      });
    }
  });
});

const requestsFor = async (name: string, actor: Actor) => {
  const path = `${API}/transition-requests/list?name=${name}&version=1`;
  const { status, body } = await call(actor, 'GET', path);
  if (status !== 200) return status;
  return Object.fromEntries(
    (body.requests ?? []).map(({ to_stage, user_id, available_actions = [] }) => [
      `${user_id} to ${to_stage}`,
      available_actions,
    ]),
  );
};

describe('what a caller may do about a request', () => {
  it('follows from the level and from who has asked', async () => {
    const name = 'requests';
    await aModel(name);
    const ana = person('ana', 'group-CAN_READ');
    const path = `${API}/transition-requests/create`;
    for (const stage of ['Staging', 'Production']) {
      const { body } = await call(ana, 'POST', path, { name, version: '1', stage });
      expect(body.request).toMatchObject({ available_actions: [CANCEL] });
    }
    const may = (staging: string[], production: string[]) => ({
      'ana to Staging': staging,
      'ana to Production': production,
    });
    const all = [APPROVE, REJECT, CANCEL];
    expect(await requestsFor(name, ana)).toEqual(may([CANCEL], [CANCEL]));
    expect(await requestsFor(name, person('user-CAN_READ'))).toEqual(may([], []));
    expect(await requestsFor(name, person('user-CAN_EDIT'))).toEqual(may([], []));
    const staging = person('user-CAN_MANAGE_STAGING_VERSIONS');
    expect(await requestsFor(name, staging)).toEqual(may(all, []));
    const production = person('user-CAN_MANAGE_PRODUCTION_VERSIONS');
    expect(await requestsFor(name, production)).toEqual(may(all, all));
    expect(await requestsFor(name, person('mia', 'group-CAN_MANAGE'))).toEqual(may(all, all));
    expect(await requestsFor(name, person('stranger'))).toBe(403);
    const body = { name, version: '1', stage: 'Archived' };
    const own = await call(production, 'POST', path, body);
    expect(own.body.request).toMatchObject({ available_actions: all });
  });

  it('is for the policy to say where a promotion waits', async () => {
    const name = 'promotion';
    await aModel(name);
    const approval = {
      id: 'shown-promotion',
      kind: 'promotion' as const,
      model: name,
      version: '1',
      champion: null,
      requested_by: 'trainer',
      approvers: ['group:leads'],
      quorum: 2,
      self_approval: false,
      comment_required: true,
      expires_at: '2099-12-01T00:00:00.000Z',
      evidence: 'AUC 0.71 against 0.70',
      token: 't',
    };
    await requestApproval(approval, aContext({ clock: Date.now }));
    const shown = (actions: string[]) => ({ 'trainer to Production': actions });
    const lead = person('lea', 'leads', 'group-CAN_READ');
    expect(await requestsFor(name, lead)).toEqual(shown([APPROVE, REJECT]));
    expect(await requestsFor(name, person('user-CAN_MANAGE'))).toEqual(shown([]));
    const program = person('job', 'leads', 'programs', 'group-CAN_READ');
    expect(await requestsFor(name, program)).toEqual(shown([REJECT]));
    const asker = person('trainer', 'leads', 'group-CAN_READ');
    expect(await requestsFor(name, asker)).toEqual(shown([]));

    const vote = { name, version: '1', stage: 'Production', comment: 'ok' };
    const path = `${API}/transition-requests/approve`;
    expect((await call(lead, 'POST', path, vote)).status).toBe(200);
    expect(await requestsFor(name, lead)).toEqual(shown([]));
    expect(await requestsFor(name, person('leo', 'leads', 'group-CAN_READ'))).toEqual(
      shown([APPROVE, REJECT]),
    );
  });
});
