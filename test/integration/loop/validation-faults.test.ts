import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyAssembly } from '../../support/faulty-assembly.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const assembly = new FaultyAssembly();

/** A file that is there once tasks that wait may go on. */
const gate = join(assembly.folder, 'gate');

/** The model's name says which task breaks, and how. */
assembly.wrap(
  'validation-tasks',
  `
  export const handler = async (event, context) => {
    const [how, task] = event.input.model.split('-');
    if (task === event.task) {
      if (how === 'throw') throw new Error('the task tripped');
      if (how === 'wait') {
        const { existsSync } = await import('node:fs');
        while (!existsSync('${gate}')) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (how === 'exit') process.exit(9);
      if (how === 'leak') { const all = []; for (;;) all.push(new Array(1e6).fill({})); }
    }
    return real(event, context);
  };`,
  { memoryMb: 256 },
);
const CUSTOM = {
  agrees: 'export const handler = ({ version }) => ({ passed: version === "1", measured: 0.02 });',
  hangs: 'export const handler = () => new Promise(() => { setInterval(() => {}, 1000); });',
  blocks: 'export const handler = () => { for (;;); };',
  throws: 'export const handler = () => { throw new Error("no such table"); };',
  babbles: 'export const handler = () => "yes";',
  exits: 'export const handler = () => process.exit(0);',
};
const arns = Object.fromEntries(
  Object.entries(CUSTOM).map(([name, source]) => [
    name,
    assembly.addFunction(`check-${name}`, source, {
      timeoutSeconds: name === 'hangs' || name === 'blocks' ? 1 : 30,
    }),
  ]),
);
const host = new TestHost({ assembly: assembly.write() });

beforeAll(() => host.start());
afterAll(async () => {
  await host.stop();
  assembly.remove();
});

interface Verdict {
  readonly status: string;
  readonly cause?: string;
  readonly checks: readonly { name: string; status: string; message: string }[];
}

/** Registers a version of the model and waits for its verdict. */
async function verdictOf(model: string, validation: object = {}): Promise<Verdict> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: model });
  await host.call('PUT', `/api/slipway/v1/models/${model}/policy`, {
    validation: { mode: 'enabled', ...validation },
  });
  const source = 'mlflow-artifacts:/0/none/artifacts/model';
  await host.call('POST', '/api/2.0/mlflow/model-versions/create', { name: model, source });
  const told = await host.waitFor('ModelVersionValidated', { model, version: '1' });
  expect(told.data.status).toBe('FAILED');
  const path = `/api/2.0/mlflow/model-versions/get?name=${model}&version=1`;
  const { body } = await host.call('GET', path);
  expect(body.model_version).toMatchObject({
    tags: expect.arrayContaining([{ key: 'model_validation_status', value: 'FAILED' }]),
  });
  const verdict = await host.call<Verdict>(
    'GET',
    `/api/slipway/v1/models/${model}/versions/1/validation`,
  );
  expect(verdict.body).toMatchObject({ status: 'FAILED' });
  return verdict.body;
}

describe('a validation whose task breaks', () => {
  it.each([
    ['throw', 'runChecks', /the task tripped/],
    ['exit', 'runChecks', /Runtime exited with error: exit status 9/],
    ['leak', 'runChecks', /Runtime exited with error: signal: killed/],
  ])('is FAILED, the checks say why: %s in %s', async (how, task, message) => {
    const { checks } = await verdictOf(`${how}-${task}`);
    expect(checks).toMatchObject([
      { name: 'artifact', status: 'ERROR', message: expect.stringMatching(message) },
    ]);
  });

  it.each([
    ['throw', 'beginValidation', /the task tripped/],
    ['exit', 'beginValidation', /exit status 9/],
    ['throw', 'recordVerdict', /the task tripped/],
    ['exit', 'recordVerdict', /exit status 9/],
  ])('is FAILED with its cause: %s in %s', async (how, task, cause) => {
    const verdict = await verdictOf(`${how}-${task}`);
    expect(verdict.cause).toMatch(cause);
  });
});

describe('a validation that is stopped by AWS', () => {
  it('is FAILED, and says why', async () => {
    const sfn = new SFNClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl });
    const stop = async () => {
      const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
      const stateMachineArn = stateMachines.find(({ name }) =>
        name?.endsWith('-validate'),
      )?.stateMachineArn;
      const running = { stateMachineArn, statusFilter: 'RUNNING' } as const;
      await expect
        .poll(async () => (await sfn.send(new ListExecutionsCommand(running))).executions)
        .toHaveLength(1);
      const { executions = [] } = await sfn.send(new ListExecutionsCommand(running));
      const why = { error: 'Maintenance', cause: 'the data moves' };
      const { executionArn } = executions[0] ?? {};
      await sfn.send(new StopExecutionCommand({ executionArn, ...why }));
    };
    const [verdict] = await Promise.all([verdictOf('wait-runChecks'), stop()]);
    writeFileSync(gate, '');
    sfn.destroy();
    expect(verdict).toMatchObject({ cause: 'Maintenance: the data moves', checks: [] });
  });
});

describe('a custom check', () => {
  it.each([
    ['hangs', /timed out after 1.00 seconds/],
    ['blocks', /timed out after 1.00 seconds/],
    ['throws', /no such table/],
    ['babbles', /expected object/],
    ['exits', /exit status 0/],
  ])('that %s is an ERROR of its own; the version is FAILED', async (how, message) => {
    const { checks } = await verdictOf(how, {
      custom: [{ name: 'bias', function_arn: arns[how] }],
    });
    expect(checks.find(({ name }) => name === 'bias')).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(message),
    });
  });

  it('has the result that its function answers', async () => {
    const { checks } = await verdictOf('agrees', {
      custom: [{ name: 'bias', function_arn: arns.agrees }],
    });
    const bias = checks.find(({ name }) => name === 'bias');
    expect(bias).toMatchObject({ status: 'PASSED', measured: 0.02 });
  });
});
