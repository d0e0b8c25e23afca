import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerApproval, requestApproval } from '../../../../functions/approvals/index.ts';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { deleteRegisteredModel } from '../../../../functions/registry/models/delete-registered-model.ts';
import { listAliases } from '../../../../functions/registry/models/model-store.ts';
import { registryTable } from '../../../../functions/registry/table.ts';
import { createModelVersion } from '../../../../functions/registry/versions/create-model-version.ts';
import { deleteModelVersion } from '../../../../functions/registry/versions/delete-model-version.ts';
import { aliasesOf } from '../../../../functions/registry/versions/model-version.ts';
import { getVersion } from '../../../../functions/registry/versions/version-store.ts';
import { createComment, updateComment } from '../../../../functions/registry/workspace/comments.ts';
import { openRequests as openRequestsOf } from '../../../../functions/registry/workspace/open-requests.ts';
import {
  approveTransitionRequest,
  createTransitionRequest,
} from '../../../../functions/registry/workspace/transition-requests.ts';
import {
  clearPage,
  findComment,
  listActivities,
} from '../../../../functions/registry/workspace/workspace-store.ts';
import { platformTable } from '../../../../functions/serving/table.ts';
import { queryAll } from '../../../../functions/shared/dynamo/index.ts';
import { aContext } from '../../../support/context.ts';
import { killAt } from '../../../support/crash/kill-at.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { announced } from '../../../support/outbox.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo([registryTable, platformTable]);
});
afterAll(() => dynamo.stop());

const START = Date.parse('2026-11-21T10:00:00.000Z');
const at = (hours: number) =>
  aContext({ actor: { user: 'ana', groups: [] }, clock: () => START + hours * 3_600_000 });
const lead = aContext({ actor: { user: 'lead', groups: [] }, clock: () => START + 5 * 3_600_000 });
const context = at(0);
const source = 's3://bucket/model';
const openRequests = async (name: string, version: number) =>
  (await openRequestsOf(await getVersion(name, version))).map(({ request }) => request);

/** Everything that can hang on version 1 of a model. */
async function withEverything(name: string) {
  await createRegisteredModel({ name }, context);
  await createModelVersion({ name, source }, context);
  for (const stage of ['Staging', 'Production']) {
    await createTransitionRequest({ name, version: '1', stage, comment: 'please' }, context);
  }
  return createComment({ name, version: '1', comment: 'hm' }, context);
}

async function rowsOf(name: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { sk } of queryAll<{ sk: string }>({
    table: registryTable.name,
    condition: 'pk = :pk',
    values: { ':pk': `MODEL#${name}` },
  })) {
    found.push(sk);
  }
  return found;
}

describe('a version that is deleted', () => {
  it('takes its requests, comments and activities with it', async () => {
    const comment = await withEverything('gone');
    await createModelVersion({ name: 'gone', source }, context);
    const kept = await createComment({ name: 'gone', version: '2', comment: 'stays' }, context);
    await deleteModelVersion({ name: 'gone', version: '1' }, context);

    expect((await rowsOf('gone')).filter((sk) => sk.includes('#00000001'))).toEqual([]);
    expect(await findComment(comment.id)).toBeUndefined();
    await expect(updateComment({ id: comment.id, comment: 'x' }, context)).rejects.toThrow(
      'not found',
    );
    expect(await findComment(kept.id)).toMatchObject({ comment: { comment: 'stays' } });
    expect(await listActivities('gone', 2)).toHaveLength(1);
  });

  it('leaves no page behind, however much was said', async () => {
    const comments = 70;
    await createRegisteredModel({ name: 'busy' }, context);
    await createModelVersion({ name: 'busy', source }, context);
    for (let i = 0; i < comments; i++) {
      await createComment({ name: 'busy', version: '1', comment: `${i}` }, context);
    }
    await clearPage('busy', 1);
    expect(await listActivities('busy', 1)).toEqual([]);
    expect((await rowsOf('busy')).sort()).toEqual(['META', 'VERSION#00000001']);
  });
});

describe('a version with many aliases and requests', () => {
  const ALIASES = 60;
  /** Its version 1 has all of them, and as many requests as a crowd makes. */
  async function aModel(name: string): Promise<void> {
    await createRegisteredModel({ name }, context);
    for (const run of ['one', 'two']) {
      await createModelVersion({ name, source, run_id: `${name}-${run}` }, context);
    }
    for (let i = 0; i < ALIASES; i++) {
      await moveAlias({ model: name, alias: `a${i}`, version: '1', cause: 'request' }, context);
    }
    await moveAlias({ model: name, alias: 'kept', version: '2', cause: 'request' }, context);
    for (let i = 0; i < 55; i++) {
      const asker = aContext({ actor: { user: `user${i}`, groups: [] }, clock: context.clock });
      const stage = i % 2 === 0 ? 'Staging' : 'Production';
      await createTransitionRequest({ name, version: '1', stage }, asker);
    }
  }
  const eventsOf = async (name: string, type: string) =>
    (await announced('registry')).filter((one) => one.type === type && one.data.model === name);

  it('is deleted with all of them, each alias and each stage that was asked for with its event', async () => {
    await aModel('named');
    await deleteModelVersion({ name: 'named', version: '1' }, lead);
    expect((await rowsOf('named')).sort()).toEqual(['ALIAS#kept', 'META', 'VERSION#00000002']);
    const moves = (await eventsOf('named', 'ModelAliasMoved')).filter(
      ({ data }) => data.version === null,
    );
    expect(moves).toHaveLength(ALIASES);
    expect(new Set(moves.map(({ data }) => data.alias)).size).toBe(ALIASES);
    expect(moves[0]?.data).toMatchObject({ previous_version: '1', cause: 'deletion' });
    const answers = await eventsOf('named', 'TransitionRequestAnswered');
    expect(answers.map(({ data }) => [data.to_stage, data.answer]).sort()).toEqual([
      ['Production', 'cancelled'],
      ['Staging', 'cancelled'],
    ]);
  });

  it('is deleted with its model', async () => {
    await aModel('whole');
    await deleteRegisteredModel({ name: 'whole' }, context);
    expect(await rowsOf('whole')).toEqual([]);
  });

  it('shows the aliases that it has when its deletion was interrupted, and goes when that is repeated', async () => {
    await aModel('halfway');
    const remove = () => deleteModelVersion({ name: 'halfway', version: '1' }, context);
    await killAt(40, true, remove);
    const left = aliasesOf(await getVersion('halfway', 1));
    expect(left.length).toBeLessThan(ALIASES);
    const named = (await listAliases('halfway')).filter(({ version }) => version === 1);
    expect(named.map(({ alias }) => alias).sort()).toEqual(left);
    await remove();
    expect((await rowsOf('halfway')).sort()).toEqual(['ALIAS#kept', 'META', 'VERSION#00000002']);
  });
});

describe('a model that is made anew under the name of one that was deleted', () => {
  it('has nothing of it: no request, no activity, and none is in the way of new ones', async () => {
    await withEverything('phoenix');
    await deleteRegisteredModel({ name: 'phoenix' }, context);
    expect(await rowsOf('phoenix')).toEqual([]);
    await createRegisteredModel({ name: 'phoenix' }, at(1));
    await createModelVersion({ name: 'phoenix', source }, at(1));

    expect(await openRequests('phoenix', 1)).toEqual([]);
    expect(await listActivities('phoenix', 1)).toEqual([]);
    const staging = { name: 'phoenix', version: '1', stage: 'Staging' };
    await expect(approveTransitionRequest(staging, lead)).rejects.toThrow('Nobody has asked');
    await createTransitionRequest(staging, at(1));
    expect(await openRequests('phoenix', 1)).toMatchObject([{ to_stage: 'Staging' }]);
  });

  it('is not approved by an approval that the other one’s version waits for', async () => {
    const name = 'stand-in';
    await createRegisteredModel({ name }, context);
    await createModelVersion({ name, source }, context);
    const request = {
      id: 'waits',
      kind: 'promotion' as const,
      model: name,
      version: '1',
      champion: null,
      requested_by: 'trainer',
      approvers: [],
      quorum: 1,
      self_approval: false,
      expires_at: '2026-12-01T00:00:00.000Z',
      evidence: 'AUC 0.71',
      token: 't',
    };
    await requestApproval(request, context);
    expect(await openRequests(name, 1)).toHaveLength(1);
    await deleteRegisteredModel({ name }, context);
    await createRegisteredModel({ name }, at(1));
    await createModelVersion({ name, source }, at(1));

    expect(await openRequests(name, 1)).toEqual([]);
    const production = { name, version: '1', stage: 'Production' };
    await expect(approveTransitionRequest(production, lead)).rejects.toThrow('Nobody has asked');
    await answerApproval({ id: 'waits', decision: 'approve', comment: '' }, lead);
    expect((await getVersion(name, 1)).tags).toEqual({});
  });
});
