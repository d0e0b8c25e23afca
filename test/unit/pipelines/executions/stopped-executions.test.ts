import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { listTokens } from '../../../../functions/auth/list-tokens.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { loadRun } from '../../../../functions/tracking/index.ts';
import { aContext } from '../../../support/context.ts';
import { announced } from '../../../support/outbox.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { pipelinesApi } from '../api.ts';

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

const { define, start, get, until, ended, act } = pipelinesApi(() => platform);

const typesOf = async (id: string) =>
  (await announced('platform'))
    .filter(({ data }) => data.execution_id === id)
    .map(({ type }) => type);

const hasToken = async (id: string) => {
  const { tokens } = await listTokens({ limit: 1000 }, context);
  return tokens.some(({ comment }) => comment === `training job of execution ${id}`);
};

/** A pipeline with an execution that trains without end, and one that waits for it. */
async function bothOf(name: string) {
  await createRegisteredModel({ name }, context);
  await define(name);
  programs.push(
    (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  const first = await start(name);
  const next = await start(name);
  const { outputs } = await until(first.id, ({ outputs }) => outputs.run_id !== undefined);
  await vi.waitUntil(() => hasToken(first.id), { timeout: PATIENCE_MS });
  return { id: first.id, next: next.id, run: outputs.run_id };
}

it('an execution that is stopped by AWS has stopped, with the reason, and the next one trains', async () => {
  const { id, next, run } = await bothOf('stopped');
  await platform.stopExecution('train', id, { error: 'Maintenance', cause: 'the data moves' });
  expect(await ended(id)).toMatchObject({
    status: 'STOPPED',
    error: { code: 'Maintenance', message: 'the data moves' },
    steps: [{ name: 'train', status: 'STOPPED' }],
  });
  expect((await loadRun(run)).status).toBe('KILLED');
  await ended(next, 'SUCCEEDED');
  expect(await hasToken(id)).toBe(false);
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
  await ended(next, 'SUCCEEDED');
  expect(await hasToken(id)).toBe(false);
  expect(await typesOf(id)).toEqual(['TrainingRequested', 'TrainingFailed', 'PipelineFailed']);
});

it('an execution that is stopped by its own API says no more than that', async () => {
  const { id, next } = await bothOf('asked');
  const stopped = await act(id, 'stop');
  expect(stopped.body).toMatchObject({ status: 'STOPPED' });
  await ended(next, 'SUCCEEDED');
  expect(await hasToken(id)).toBe(false);
  expect(await get(id)).not.toHaveProperty('error');
  expect(await typesOf(id)).toEqual(['TrainingRequested', 'PipelineStopped']);
});
