import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { loadRun } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';

const context = aContext();

/** What the programs of the test do, in turn; then they train. */
const programs: Platform['training']['train'][] = [];

let platform: Platform;
beforeAll(async () => {
  const train = trainsAVersion(context);
  platform = await startPlatform({
    train: (...job) => (programs.shift() ?? train)(...job),
  });
});
afterAll(() => platform.stop());

interface ExecutionView {
  readonly id: string;
  readonly status: string;
  readonly outputs: { readonly run_id: string };
}

const get = async (id: string) =>
  (await platform.pipelines<ExecutionView>('GET', `/api/slipway/v1/executions/${id}`)).body;

async function until(id: string, holds: (one: ExecutionView) => boolean): Promise<ExecutionView> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    await platform.settle();
    const execution = await get(id);
    if (holds(execution)) return execution;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Execution ${id} stays ${JSON.stringify(await get(id))}`);
}

const typesOf = async (id: string) =>
  (await announced('platform'))
    .filter(({ data }) => data.execution_id === id)
    .map(({ type }) => type);

/** A pipeline with an execution that trains without end, and one that waits for it. */
async function bothOf(name: string) {
  await createRegisteredModel({ name }, context);
  const data = { train: 's3://artifacts/train', label: 'late' };
  await platform.pipelines('PUT', `/api/slipway/v1/pipelines/${name}`, { model: name, data });
  programs.push(
    (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const path = `/api/slipway/v1/pipelines/${name}/executions`;
  const first = await platform.pipelines<ExecutionView>('POST', path, {});
  const next = await platform.pipelines<ExecutionView>('POST', path, {});
  const { outputs } = await until(first.body.id, ({ outputs }) => outputs.run_id !== undefined);
  return { id: first.body.id, next: next.body.id, run: outputs.run_id };
}

it('an execution that is stopped by AWS has stopped, with the reason, and the next one trains', async () => {
  const { id, next, run } = await bothOf('stopped');
  await platform.stopExecution('train', id, { error: 'Maintenance', cause: 'the data moves' });
  expect(await until(id, ({ status }) => status !== 'RUNNING')).toMatchObject({
    status: 'STOPPED',
    error: { code: 'Maintenance', message: 'the data moves' },
    steps: [{ name: 'train', status: 'STOPPED' }],
  });
  expect((await loadRun(run)).status).toBe('KILLED');
  await until(next, ({ status }) => status === 'SUCCEEDED');
  expect(await typesOf(id)).toEqual(['TrainingRequested', 'PipelineStopped']);
});

it('an execution that died without a word has failed, and the next one trains', async () => {
  const { id, next, run } = await bothOf('dead');
  // Told of while the program hangs: no catch of the machine had a say.
  await platform.fail({
    'detail-type': 'Step Functions Execution Status Change',
    detail: {
      stateMachineArn: process.env.STATE_MACHINE_TRAIN,
      name: id,
      status: 'TIMED_OUT',
      input: JSON.stringify({ execution_id: id, correlation_id: 'c' }),
      error: null,
      cause: null,
    },
  });
  expect(await get(id)).toMatchObject({
    status: 'FAILED',
    error: { code: 'States.Timeout', message: 'the execution took longer than it may' },
    steps: [{ name: 'train', status: 'FAILED' }],
  });
  expect((await loadRun(run)).status).toBe('FAILED');
  await until(next, ({ status }) => status === 'SUCCEEDED');
  expect(await typesOf(id)).toEqual(['TrainingRequested', 'TrainingFailed', 'PipelineFailed']);
});

it('an execution that is stopped by its own API says no more than that', async () => {
  const { id, next } = await bothOf('asked');
  const stopped = await platform.pipelines('POST', `/api/slipway/v1/executions/${id}/stop`);
  expect(stopped.body).toMatchObject({ status: 'STOPPED' });
  await until(next, ({ status }) => status === 'SUCCEEDED');
  expect(await get(id)).not.toHaveProperty('error');
  expect(await typesOf(id)).toEqual(['TrainingRequested', 'PipelineStopped']);
});
