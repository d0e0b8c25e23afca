import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

/** Where functions of the host leave a mark that outlives their worker. */
const marks = mkdtempSync(join(tmpdir(), 'slipway-marks-'));

const assembly = new FaultyAssembly();
const VICTIM = `
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const fates = {
    exits: () => process.exit(1),
    throws: async () => { setTimeout(() => { throw new Error('out of nowhere'); }, 10); await pause(1e6); },
    blocks: () => { for (;;); },
    leaks: () => { const all = []; for (;;) all.push(new Array(1e6).fill({})); },
    hangs: () => pause(1e6),
    rejects: async () => { Promise.reject(new Error('nobody waits for this')); await pause(1e6); },
  };
  export const handler = async ({ pathParameters: { how } }) => {
    if (how !== 'works') await fates[how]();
    await pause(50);
    return { statusCode: 200, body: JSON.stringify({ how }) };
  };`;
assembly.addFunction('victim', VICTIM, { timeoutSeconds: 5, route: 'GET /faults/{how}' });
/** Its memory is full long before its time is up. */
assembly.addFunction('patient', VICTIM, {
  memoryMb: 128,
  timeoutSeconds: 28,
  route: 'GET /leaks/{how}',
});
/** The relay dies with each batch that it sees for the first time. */
assembly.wrap(
  'events-relay',
  `
  import { existsSync, writeFileSync } from 'node:fs';
  export const handler = async (event, context) => {
    const mark = '${marks}/' + event.Records.map(({ eventID }) => eventID).join('-').slice(0, 100);
    if (!existsSync(mark)) { writeFileSync(mark, ''); process.exit(1); }
    return real(event, context);
  };`,
);
/** Dies while it works on a new version, after the state machine was started. */
assembly.wrap(
  'registry',
  `
  export const handler = async (event, context) => {
    const answer = await real(event, context);
    if (event.headers['x-die']) process.exit(1);
    return answer;
  };`,
);

const host = new TestHost({ assembly: assembly.write() });

beforeAll(() => host.start());
afterAll(async () => {
  await host.stop();
  assembly.remove();
  rmSync(marks, { recursive: true, force: true });
});

describe('a function worker', () => {
  it.each([
    ['exits', 500, 'faults'],
    ['throws', 500, 'faults'],
    ['rejects', 500, 'faults'],
    ['leaks', 500, 'leaks'],
    ['blocks', 503, 'faults'],
    ['hangs', 503, 'faults'],
  ])('that %s hurts its own request only', async (how, status, path) => {
    const call = (fate: string) => host.call('GET', `/${path}/${fate}`);
    const [broken, ...others] = await Promise.all([
      call(how),
      ...Array.from({ length: 5 }, () => call('works')),
      host.call('GET', '/api/slipway/v1/events'),
    ]);
    expect(broken.status).toBe(status);
    expect(broken.body.message).toMatch(/Internal Server Error|Service Unavailable/);
    expect(others.map((answer) => answer.status)).toEqual(others.map(() => 200));
    expect(await call('works')).toMatchObject({ status: 200, body: { how: 'works' } });
  });

  it('that dies after its write leaves the fact and its event, once', async () => {
    const create = await fetch(`${host.url}/api/2.0/mlflow/registered-models/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-die': '1' },
      body: JSON.stringify({ name: 'half' }),
    });
    expect(create.status).toBe(500);
    const again = await host.call('POST', '/api/2.0/mlflow/registered-models/create', {
      name: 'half',
    });
    expect(again.body).toMatchObject({ error_code: 'RESOURCE_ALREADY_EXISTS' });
    await host.waitFor('RegisteredModelCreated', { model: 'half' });
  });

  it('that dies with every event that it relays delays each and loses none', async () => {
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: 'm' });
    await host.call('PUT', '/api/slipway/v1/models/m/policy', { validation: { mode: 'enabled' } });
    const source = 'mlflow-artifacts:/0/none/artifacts/model';
    for (let version = 1; version <= 5; version++) {
      await host.call('POST', '/api/2.0/mlflow/model-versions/create', { name: 'm', source });
    }
    for (let version = 1; version <= 5; version++) {
      await host.waitFor('ModelVersionValidated', { version: String(version), status: 'FAILED' });
    }
    const told = (await host.events()).filter(({ data }) => data.model === 'm');
    for (const type of ['ModelVersionRegistered', 'ModelVersionValidated']) {
      const versions = told.filter((event) => event.type === type).map(({ data }) => data.version);
      expect(versions.sort(), type).toEqual(['1', '2', '3', '4', '5']);
    }
  });

  it('is reported to a caller of its API as Lambda reports it', async () => {
    const lambda = new LambdaClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const payload = (how: string) => Buffer.from(JSON.stringify({ pathParameters: { how } }));
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: 'victim', Payload: payload('exits') }),
    );
    expect(answer.FunctionError).toBe('Unhandled');
    const error = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
    expect(error).toMatchObject({ errorType: 'Runtime.ExitError' });
    lambda.destroy();
  });
});
