import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestHost } from '../../support/host.ts';

const MODEL = 'gated';
const APPROVALS = '/api/slipway/v1/approvals';
const ALIAS = `/api/2.0/mlflow/registered-models/alias?name=${MODEL}&alias=champion`;
const VERSION = `/api/2.0/mlflow/model-versions/get?name=${MODEL}&version=1`;

interface Waiting {
  readonly approvals: readonly { readonly id: string; readonly model: string }[];
}

const host = new TestHost({ flags: ['--auth', 'token'] });
let admin = '';
beforeAll(async () => {
  await host.start();
  admin = /^Admin token, shown only now: (\S+)$/m.exec(host.output)?.[1] ?? '';
});
afterAll(() => host.stop());

const call = <Body extends object = Record<string, never>>(
  token: string,
  method: string,
  path: string,
  body?: object,
) => host.call<Body>(method, path, body, { authorization: `Bearer ${token}` });

async function tokenFor(user: string, ...groups: string[]): Promise<string> {
  const made = await call<{ token: string }>(admin, 'POST', '/api/slipway/v1/tokens', {
    user,
    groups,
  });
  expect(made.status).toBe(200);
  return made.body.token;
}

/** A version whose promotion waits for the release gate; answers the id of the approval. */
async function waiting(): Promise<string> {
  await call(admin, 'POST', '/api/2.0/mlflow/registered-models/create', { name: MODEL });
  const policy = {
    validation: { mode: 'disabled' },
    promotion: { mode: 'auto' },
    approval: { required: true, approvers: ['group:release-gates'] },
  };
  expect((await call(admin, 'PUT', `/api/slipway/v1/models/${MODEL}/policy`, policy)).status).toBe(
    200,
  );
  const body = { name: MODEL, source: 's3://bucket/model' };
  await call(admin, 'POST', '/api/2.0/mlflow/model-versions/create', body);
  const asked = async () => {
    const path = `${APPROVALS}?status=PENDING`;
    return (await call<Waiting>(admin, 'GET', path)).body.approvals;
  };
  await expect.poll(asked).toMatchObject([{ model: MODEL }]);
  return (await asked())[0]?.id ?? '';
}

it('a CI job approves by its own token, once, and no other program does', async () => {
  const path = `${APPROVALS}/${await waiting()}/approve`;
  const answer = { comment: 'build 4711 is green' };
  const release = await tokenFor('release-ci', 'users', 'release-gates');
  const other = await tokenFor('build-ci', 'users');
  const training = await tokenFor('trainer', 'users', 'release-gates', 'programs');

  expect((await host.call('POST', path, answer)).status).toBe(401);
  for (const token of [other, training]) {
    expect(await call(token, 'POST', path, answer)).toMatchObject({
      status: 403,
      body: { error_code: 'PERMISSION_DENIED' },
    });
  }
  expect((await call(admin, 'GET', ALIAS)).status).toBe(400);
  const votes = await Promise.all([1, 2].map(() => call(release, 'POST', path, answer)));
  expect(votes.map(({ status }) => status).sort()).toEqual([200, 400]);
  expect(await call(release, 'POST', path, answer)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(/already/) },
  });

  await expect
    .poll(async () => (await call(admin, 'GET', ALIAS)).body)
    .toMatchObject({ model_version: { version: '1' } });
  const { tags } = (
    await call<{ model_version: { tags: { key: string; value: string }[] } }>(admin, 'GET', VERSION)
  ).body.model_version;
  expect(tags).toContainEqual({
    key: 'model_approval',
    value: expect.stringMatching(/^approved by release-ci on /),
  });
  const trail = '/api/slipway/v1/events?type=ApprovalGranted';
  expect((await call<{ events: object[] }>(admin, 'GET', trail)).body.events).toMatchObject([
    { actor: 'release-ci', data: { model: MODEL, version: '1' } },
  ]);
});
