import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Context, SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { changeLock, getLock } from '../../../../functions/pipelines/pipeline-store.ts';
import { handler } from '../../../../functions/pipelines/pipelines-triggers.lambda.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { dynamo, transactWrite } from '../../../../functions/shared/dynamo/index.ts';
import { aContext } from '../../../support/context.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Platform, startPlatform, type Train } from '../../../support/platform.ts';
import { type ExecutionView, isOver, pipelinesApi } from '../api.ts';

const context = aContext();

const trains = trainsAVersion(context);

let platform: Platform;
let scheduler: SchedulerClient;
beforeAll(async () => {
  platform = await startPlatform({ train: trains });
  scheduler = new SchedulerClient({});
});
afterAll(async () => {
  scheduler.destroy();
  await platform.stop();
});

let names = 0;
const newName = () => `t${++names}`;
const { define, start, act } = pipelinesApi(() => platform);
async function put(name: string, over: object = {}) {
  await createRegisteredModel({ name }, context).catch(() => undefined);
  await define(name, over);
  await platform.settle();
}
const executionsOf = async (name: string) =>
  (
    (await platform.pipelines('GET', `/api/slipway/v1/pipelines/${name}/executions`)).body as {
      executions: ExecutionView[];
    }
  ).executions;

/** Delivers events until the pipeline has so many executions and all have ended. */
const ended = (name: string, count: number) =>
  platform.settleUntil(
    () => executionsOf(name),
    (executions) => executions.length >= count && executions.every(isOver),
  );

const anEvent = (over: object = {}) => ({
  id: 'bus-1',
  source: 'shop',
  'detail-type': 'PricesChanged',
  time: '2026-11-21T10:00:00Z',
  detail: {},
  ...over,
});

describe('a schedule', () => {
  const scheduled = async (name: string) =>
    scheduler
      .send(new GetScheduleCommand({ GroupName: 'slipway-test-pipelines', Name: name }))
      .catch((error: Error) => error.name);

  it('is created, changed and deleted with the definition', async () => {
    const name = newName();
    await put(name, { schedule: 'cron(0 3 ? * MON *)', time_zone: 'Europe/Berlin' });
    expect(await scheduled(name)).toMatchObject({
      ScheduleExpression: 'cron(0 3 ? * MON *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: expect.stringMatching(/:schedules$/),
        RoleArn: expect.stringMatching(/:role\/schedules$/),
        DeadLetterConfig: { Arn: expect.stringMatching(/:schedules-dead$/) },
      },
    });
    await put(name, { schedule: 'at(2099-01-01T00:00:00)' });
    expect(await scheduled(name)).toMatchObject({
      ScheduleExpression: 'at(2099-01-01T00:00:00)',
      ScheduleExpressionTimezone: 'UTC',
    });
    await put(name);
    expect(await scheduled(name)).toBe('ResourceNotFoundException');
    await put(name, { schedule: 'at(2099-01-01T00:00:00)' });
    await platform.pipelines('DELETE', `/api/slipway/v1/pipelines/${name}`);
    await platform.settle();
    expect(await scheduled(name)).toBe('ResourceNotFoundException');
  });

  it('follows the definition whatever the order of the events, and goes on when it did not change', async () => {
    const name = newName();
    await put(name, { schedule: 'rate(1 hour)' });
    const before = await scheduled(name);
    const definition = (type: string) =>
      platform.trigger(
        anEvent({
          source: 'slipway.pipelines',
          'detail-type': type,
          detail: { metadata: { id: type }, data: { pipeline: name } },
        }),
      );
    await definition('PipelineDeleted');
    await definition('PipelineDefined');
    expect(await scheduled(name)).toEqual({ ...(before as object), $metadata: expect.anything() });
  });

  it('starts an execution when it is due, one however often it says so', async () => {
    const name = newName();
    // A rate without a start date is due at once.
    await put(name, { schedule: 'rate(1 day)' });
    await expect.poll(async () => (await executionsOf(name)).length).toBe(1);
    const [execution] = (await ended(name, 1)) as [ExecutionView];
    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      requested_by: 'slipway',
      started_by: { type: 'schedule', scheduled_time: expect.stringMatching(/Z$/) },
    });
    const { scheduled_time } = execution.started_by as { scheduled_time: string };
    const due = { pipeline: name, expression: 'rate(1 day)', time_zone: 'UTC', scheduled_time };
    await platform.trigger({ schedule: due });
    expect(await ended(name, 1)).toHaveLength(1);
    await platform.trigger({ schedule: { ...due, scheduled_time: '2027-01-01T00:00:00Z' } });
    expect(await ended(name, 2)).toHaveLength(2);
  });

  it('starts nothing that the definition does not have any more', async () => {
    const name = newName();
    await put(name);
    const due = { pipeline: name, time_zone: 'UTC', scheduled_time: '2026-11-21T10:00:00Z' };
    await platform.trigger({ schedule: { ...due, expression: 'rate(1 day)' } });
    await platform.trigger({ schedule: { ...due, pipeline: 'gone', expression: 'rate(1 day)' } });
    expect(await executionsOf(name)).toEqual([]);
  });
});

describe('a trigger', () => {
  it('starts an execution for each event that matches, once however often it comes', async () => {
    const name = newName();
    const cheap = { detail: { price: [{ numeric: ['<', 10] }] } };
    await put(name, { triggers: [{ source: ['x'] }, { source: ['shop'], ...cheap }] });
    await platform.trigger(anEvent({ detail: { price: 20 } }));
    await platform.trigger(anEvent({ source: 'y', detail: { price: 1 } }));
    expect(await executionsOf(name)).toEqual([]);
    for (const id of ['bus-1', 'bus-2', 'bus-1']) {
      await platform.trigger(anEvent({ id, detail: { price: 5 } }));
    }
    const executions = await ended(name, 2);
    expect(executions).toHaveLength(2);
    expect(executions.map(({ started_by }) => started_by)).toContainEqual({
      type: 'event',
      trigger: 1,
      event_id: 'bus-1',
      source: 'shop',
      'detail-type': 'PricesChanged',
      pipelines: [],
    });
  });

  it('takes a fact that is published twice for one', async () => {
    const name = newName();
    await put(name, { triggers: [{ 'detail-type': ['PolicyChanged'] }] });
    const fact = (id: string) =>
      anEvent({
        id,
        source: 'slipway.policies',
        'detail-type': 'PolicyChanged',
        detail: { metadata: { id: 'fact-1' }, data: { name: 'x' } },
      });
    await platform.trigger(fact('bus-1'));
    await platform.trigger(fact('bus-2'));
    expect(await ended(name, 1)).toHaveLength(1);
  });

  it('takes an object that arrives as one event, whoever tells of it', async () => {
    const name = newName();
    const detail = { bucket: { name: ['artifacts'] }, object: { key: [{ prefix: 'data/' }] } };
    await put(name, {
      triggers: [{ source: ['aws.s3'], 'detail-type': ['Object Created'], detail }],
    });
    const arrived = (id: string, key: string, sequencer: string) =>
      anEvent({
        id,
        source: 'aws.s3',
        'detail-type': 'Object Created',
        detail: { bucket: { name: 'artifacts' }, object: { key, sequencer } },
      });
    await platform.trigger(arrived('1', 'data/a.csv', '01'));
    await platform.trigger(arrived('2', 'data/a.csv', '01'));
    await platform.trigger(arrived('3', 'other/a.csv', '01'));
    await platform.trigger(arrived('4', 'data/a.csv', '02'));
    expect(await ended(name, 2)).toHaveLength(2);
  });

  it('is forgotten with the definition', async () => {
    const name = newName();
    await put(name, { triggers: [{ 'detail-type': ['PricesChanged'] }] });
    await put(name, { triggers: [{ 'detail-type': ['Other'] }] });
    await platform.trigger(anEvent());
    await put(name);
    await platform.trigger(anEvent({ 'detail-type': 'Other' }));
    expect(await executionsOf(name)).toEqual([]);
  });
});

describe('upstream pipelines', () => {
  const follows = (upstream: string) => ({
    triggers: [
      { 'detail-type': ['PipelineSucceeded'], detail: { data: { pipeline: [upstream] } } },
    ],
  });

  it('start the next by their success, and no circle runs for ever', async () => {
    const [first, second] = [newName(), newName()];
    await put(first, follows(second));
    await put(second, follows(first));
    await start(first);
    const downstream = await ended(second, 1);
    expect(downstream).toMatchObject([{ status: 'SUCCEEDED', started_by: { pipelines: [first] } }]);
    const upstream = await ended(first, 2);
    expect(upstream.map(({ status }) => status).sort()).toEqual(['SKIPPED', 'SUCCEEDED']);
    expect(upstream.find(({ status }) => status === 'SKIPPED')).toMatchObject({
      error: { code: 'Loop', message: expect.stringContaining(`(${first} > ${second})`) },
      started_by: { pipelines: [second, first] },
    });
    expect(await ended(second, 1)).toHaveLength(1);

    const closing = anEvent({
      source: 'slipway.pipelines',
      'detail-type': 'PipelineSucceeded',
      detail: {
        metadata: { id: 'told twice' },
        data: { pipeline: second, execution_id: downstream[0]?.id },
      },
    });
    for (let i = 0; i < 2; i++) await platform.trigger(closing);
    expect(await ended(first, 3)).toHaveLength(3);
  });

  it.each(['ModelVersionRegistered', 'TrainingSucceeded'])(
    'that wait for their own %s start once',
    async (type) => {
      const name = newName();
      await put(name, { triggers: [{ 'detail-type': [type] }] });
      await start(name);
      const own = await ended(name, 2);
      expect(own.map(({ status }) => status)).toContain('SUCCEEDED');
      expect(own.filter(({ status }) => status !== 'SKIPPED')).toHaveLength(1);
      await put(name);
    },
  );

  it('may answer what monitoring found in a version that they made themselves', async () => {
    const name = newName();
    await put(name, {
      triggers: [{ source: ['slipway.monitoring'], 'detail-type': ['DriftDetected'] }],
    });
    await start(name);
    await ended(name, 1);
    await platform.trigger(
      anEvent({
        source: 'slipway.monitoring',
        'detail-type': 'DriftDetected',
        detail: { metadata: { id: 'd1' }, data: { model: name, version: '1' } },
      }),
    );
    const executions = await ended(name, 2);
    expect(executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });
});

/** A training that goes on until it is stopped. */
const endless: Train = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('an event at a busy pipeline', () => {
  it('replaces whatever was there before it, and the last one is left', async () => {
    const name = newName();
    await put(name, { overlap: 'replace', triggers: [{ source: ['shop'] }] });
    platform.training.train = endless;
    for (let i = 0; i < 2; i++) await platform.trigger(anEvent({ id: `early-${i}` }));
    await platform.settle();
    await Promise.all([1, 2, 3].map((i) => platform.trigger(anEvent({ id: `late-${i}` }))));
    platform.training.train = trains;
    const statuses = (await ended(name, 5)).map(({ status }) => status).sort();
    expect(statuses).toEqual(['STOPPED', 'STOPPED', 'STOPPED', 'STOPPED', 'SUCCEEDED']);
  });

  it('replaces those that wait before the one that runs: none of them begins', async () => {
    const name = newName();
    await put(name);
    platform.training.train = endless;
    for (let i = 0; i < 3; i++) await start(name);
    await put(name, { overlap: 'replace' });
    await start(name);
    platform.training.train = trains;
    const executions = await ended(name, 4);
    expect(executions.map(({ status }) => status)).toEqual([
      'SUCCEEDED',
      'STOPPED',
      'STOPPED',
      'STOPPED',
    ]);
    expect(executions.slice(1, 3).map(({ started_at }) => started_at)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is recorded as skipped when the pipeline says so', async () => {
    const name = newName();
    await put(name, { overlap: 'skip', triggers: [{ source: ['shop'] }] });
    await platform.trigger(anEvent({ id: 'a' }));
    await platform.trigger(anEvent({ id: 'b' }));
    await platform.trigger(anEvent({ id: 'b' }));
    const executions = await ended(name, 2);
    expect(executions.map(({ status }) => status).sort()).toEqual(['SKIPPED', 'SUCCEEDED']);
  });

  it('is recorded as skipped when too many wait, where a person is refused', async () => {
    const name = newName();
    await put(name, { triggers: [{ source: ['shop'] }] });
    platform.training.train = endless;
    await start(name);
    const lock = (await getLock(name))!;
    const crowd = { ...lock, queue: Array.from({ length: 100 }, (_, i) => `waiting-${i}`) };
    await transactWrite([changeLock(name, lock, crowd)]);
    const full = `100 executions of pipeline '${name}' wait already`;
    const path = `/api/slipway/v1/pipelines/${name}/executions`;
    const refused = await platform.pipelines('POST', path, {});
    expect(refused).toMatchObject({ status: 409, body: { message: full } });
    await platform.trigger(anEvent({ id: 'crowded out' }));
    const executions = await executionsOf(name);
    expect(executions).toHaveLength(2);
    expect(executions.find(({ id }) => id !== lock.execution)).toMatchObject({
      status: 'SKIPPED',
      error: { code: 'QueueFull', message: full },
    });
    await transactWrite([changeLock(name, (await getLock(name))!, lock)]);
    await act(lock.execution, 'stop');
    platform.training.train = trains;
  });
});

describe('a batch of events', () => {
  it('has it read once for each of its types who listens to them', async () => {
    const send = vi.spyOn(dynamo(), 'send');
    const types = ['ModelTagSet', 'ModelAliasMoved', 'ModelTagSet', 'ModelTagSet'];
    const Records = types.map((type, i) => ({
      messageId: String(i),
      body: JSON.stringify({
        id: String(i),
        source: 'slipway.registry',
        'detail-type': type,
        detail: { metadata: { id: String(i), correlationId: 'c' }, data: {} },
      }),
    }));
    const answer = await handler({ Records } as SQSEvent, {} as Context);
    expect(answer).toEqual({ batchItemFailures: [] });
    const calls = send.mock.calls.map(([name]) => name);
    // The two types, and definitions that listen to all.
    expect(calls.filter((name) => name === 'Query')).toHaveLength(3);
    expect(calls.length).toBeLessThanOrEqual(3 + 2);
    send.mockRestore();
  });
});
