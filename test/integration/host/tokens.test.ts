import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const LAUNCHER = join(ROOT, 'lib/local/cli/launcher.mjs');
const RUNS = '/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default';

const host = new TestHost({ flags: ['--auth', 'token'] });
let admin = '';

interface Ended {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function slipway(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, [LAUNCHER, ...args], options, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (token: string) => ({ authorization: `Basic ${btoa(`whoever:${token}`)}` });
const statusFor = async (headers: Record<string, string>, path = RUNS) =>
  (await host.call('GET', path, undefined, headers)).status;

beforeAll(async () => {
  await host.start();
  admin = /^Admin token, shown only now: (\S+)$/m.exec(host.output)?.[1] ?? '';
});
afterAll(() => host.stop());

describe('--auth token', () => {
  it('answers nobody without a token but on the open routes', async () => {
    expect(await host.call('GET', RUNS)).toEqual({
      status: 401,
      body: { message: 'Unauthorized' },
    });
    expect(await statusFor({}, '/no/such/path')).toBe(401);
    expect(await statusFor(bearer('slw_wrong'))).toBe(403);
    expect(await statusFor({ authorization: `Basic ${btoa('admin:admin')}` })).toBe(403);
    for (const path of ['/health', '/version']) {
      expect((await fetch(host.url + path)).status, path).toBe(200);
    }
  });

  it('answers the admin whose token the first start printed', async () => {
    expect(admin).toMatch(/^slw_/);
    expect(await statusFor(bearer(admin))).toBe(200);
    expect(await statusFor(basic(admin))).toBe(200);
    expect(await statusFor(bearer(admin), '/no/such/path')).toBe(404);
  });

  it('makes a browser ask for the token', async () => {
    const refused = await fetch(host.url);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic/);
    const page = await fetch(host.url, { headers: basic(admin) });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Slipway is running');
  });

  it('prints it once', async () => {
    await host.kill();
    await host.start();
    expect(host.output).not.toContain('Admin token');
    expect(await statusFor(bearer(admin))).toBe(200);
  });

  it('takes tokens from the terminal, with the groups they were given', async () => {
    const where = ['--data-dir', host.dataDir];
    const made = await slipway(['tokens', 'create', '--user', 'ana', '--group', 'users', ...where]);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const token = made.stdout.trim();
    const model = '/api/2.0/mlflow/registered-models/create';
    const created = await host.call('POST', model, { name: 'hers' }, bearer(token));
    expect(created.status).toBe(200);
    const trail = '/api/slipway/v1/events?type=RegisteredModelCreated';
    await expect
      .poll(async () => (await host.call('GET', trail, undefined, bearer(admin))).body.events)
      .toMatchObject([{ actor: 'ana', subject: 'model:hers' }]);
    const refused = await host.call('GET', '/api/slipway/v1/tokens', undefined, bearer(token));
    expect(refused).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } });
  });

  it('takes tokens through the API, and forgets those that are revoked', async () => {
    const where = ['--url', host.url, '--json'];
    const env = { MLFLOW_TRACKING_TOKEN: admin };
    const group = ['--group', 'ml-leads', '--group', 'users'];
    const made = await slipway(['tokens', 'create', '--user', 'bo', ...group, ...where], env);
    const { id, token, created_by } = JSON.parse(made.stdout);
    expect(created_by).toBe('admin');
    expect(await statusFor(bearer(token))).toBe(200);
    const listed = JSON.parse((await slipway(['tokens', ...where], env)).stdout);
    expect(listed.tokens).toContainEqual(
      expect.objectContaining({ id, user: 'bo', groups: ['ml-leads', 'users'], state: 'ACTIVE' }),
    );
    const denied = await slipway(['tokens', 'list', ...where], { MLFLOW_TRACKING_TOKEN: token });
    expect(denied).toMatchObject({ status: 1, stderr: expect.stringContaining('Access denied') });
    await slipway(['tokens', 'revoke', id, ...where], env);
    // What the authorizer has said is kept for a while.
    await expect.poll(() => statusFor(bearer(token))).toBe(403);
  });

  it('lets a training job log in by a token of its own, which ends with it', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => `${i % 17},${i % 23},${i % 17 > 8 ? 1 : 0}`);
    const file = 'train/a.csv';
    const upload = `/api/2.0/mlflow-artifacts/artifacts/${file}`;
    await host.call('PUT', upload, ['a,b,late', ...rows].join('\n'), bearer(admin));
    const client = new S3Client({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
    client.destroy();
    const pipeline = '/api/slipway/v1/pipelines/nightly';
    const definition = {
      model: 'trained',
      data: { train: `s3://${Buckets[0]?.Name}/mlflow-artifacts/${file}`, label: 'late' },
      training: { algorithm: 'gbdt', hyperparameters: { trees: 2 } },
    };
    expect((await host.call('PUT', pipeline, definition, bearer(admin))).status).toBe(200);
    const executions = `${pipeline}/executions`;
    const started = await host.call<{ id: string }>('POST', executions, {}, bearer(admin));
    const execution = `/api/slipway/v1/executions/${started.body.id}`;
    await expect
      .poll(async () => (await host.call('GET', execution, undefined, bearer(admin))).body, {
        interval: 300,
      })
      .toMatchObject({ status: 'SUCCEEDED' });
    const version = '/api/2.0/mlflow/model-versions/get?name=trained&version=1';
    const { body } = await host.call('GET', version, undefined, bearer(admin));
    expect(body).toMatchObject({ model_version: { user_id: 'pipeline:nightly' } });
    const tokens = await host.call('GET', '/api/slipway/v1/tokens', undefined, bearer(admin));
    expect(JSON.stringify(tokens.body)).not.toContain('pipeline:nightly');
  });

  it.each([
    [['create'], /--user NAME/],
    [['create', '--user', 'a b'], /user: must be/],
    [['create', '--user', 'a', '--expires-in', 'soon'], /expires_in: must be/],
    [['revoke', '0123456789abcdef'], /does not exist/],
    [['revoke'], /Which one/],
    [['nonsense'], /Unknown action 'nonsense'/],
    [['list', '--url', 'http://127.0.0.1:1'], /does not answer/],
    [['list', '--aws', '--environment', 'x'], /Unknown environment 'x'/],
  ])('says in one line what is wrong with tokens %j', async (args, line) => {
    const { status, stderr } = await slipway(['tokens', ...args, '--data-dir', host.dataDir]);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
  });

  it('writes who made and revoked tokens into the audit trail', async () => {
    const path = '/api/slipway/v1/events?type=TokenRevoked';
    const { body } = await host.call('GET', path, undefined, bearer(admin));
    expect(body.events).toMatchObject([{ actor: 'admin', type: 'TokenRevoked' }]);
  });
});
