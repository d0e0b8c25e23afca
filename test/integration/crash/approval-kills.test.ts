import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';

const MODEL = 'gated';
const APPROVALS = '/api/slipway/v1/approvals';
const ALIAS = `/api/2.0/mlflow/registered-models/alias?name=${MODEL}&alias=champion`;

interface Waiting {
  readonly approvals: readonly { readonly id: string; readonly model: string }[];
}

const host = new TestHost();
beforeAll(() => host.start());
afterAll(() => host.stop());

const pending = async () =>
  (await host.call<Waiting>('GET', `${APPROVALS}?status=PENDING`)).body.approvals;

it('a promotion that waits for people goes on by their answer after the host was killed twice', async () => {
  await host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  await host.ok('PUT', `/api/slipway/v1/models/${MODEL}/policy`, {
    validation: { mode: 'disabled' },
    promotion: { mode: 'auto' },
    approval: { required: true, self_approval: true },
  });
  const source = 's3://bucket/model';
  await host.ok('POST', '/api/2.0/mlflow/model-versions/create', { name: MODEL, source });
  await expect.poll(pending).toMatchObject([{ model: MODEL }]);
  const asked = await pending();

  for (const _ of [1, 2]) {
    await host.kill();
    await host.start();
    expect(await pending()).toEqual(asked);
    expect((await host.call('GET', ALIAS)).status).toBe(400);
  }
  await host.ok('POST', `${APPROVALS}/${asked[0]?.id}/approve`, { comment: 'seen' });
  await host.waitFor('PromotionDecided', { challenger: '1', verdict: 'promoted' });
  expect((await host.call('GET', ALIAS)).body).toMatchObject({ model_version: { version: '1' } });
  expect(await pending()).toEqual([]);
  const told = (await host.events()).filter(({ type }) => /^(Approval|Promotion)/.test(type));
  expect(told.map(({ type }) => type)).toEqual([
    'ApprovalRequested',
    'ApprovalGranted',
    'PromotionDecided',
  ]);
});
