import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createScheduler } from '../../../../lib/local/scheduler/index.ts';
import type { Delivery } from '../../../../lib/local/service.ts';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { awsServer, resourceContext, temporaryFolder } from '../support/aws-server.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:watch';
const DEAD = 'arn:aws:sqs:us-east-1:000000000000:dead';
const MINUTE = 60_000;

async function aScheduler(options: { dataDir?: string; answer?: () => void } = {}) {
  const { dataDir = temporaryFolder(), answer } = options;
  const deliveries: Delivery[] = [];
  const scheduler = createScheduler({
    dataDir,
    deliver: async (delivery) => {
      if (delivery.arn !== DEAD) answer?.();
      deliveries.push(delivery);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= scheduler.stop());
  onTestFinished(stop);
  return {
    dataDir,
    scheduler,
    deliveries,
    stop,
    declare: async (more: Readonly<Record<string, unknown>> = {}) =>
      scheduler.providers[0]!.create(
        'Schedule',
        {
          Name: 'watch',
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: FUNCTION, RoleArn: 'arn:aws:iam::000000000000:role/r' },
          ...more,
        },
        resourceContext,
      ),
  };
}

const target = (Input?: string) => ({
  Arn: FUNCTION,
  RoleArn: 'arn:aws:iam::000000000000:role/r',
  ...(Input !== undefined && { Input }),
});

describe('schedules of the template', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-15T10:00:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('run at their times', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await declare({ ScheduleExpression: 'cron(0/5 * * * ? *)' });
    await scheduler.start();

    await vi.advanceTimersByTimeAsync(11 * MINUTE);

    expect(deliveries.map(({ payload }) => JSON.parse(payload).time)).toEqual([
      '2026-01-15T10:00:00Z',
      '2026-01-15T10:05:00Z',
      '2026-01-15T10:10:00Z',
    ]);
    expect(JSON.parse(deliveries[0]!.payload)).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:scheduler:us-east-1:000000000000:schedule/default/watch'],
    });
  });

  test('a rate runs at once and then at its intervals, also over a restart', async () => {
    const first = await aScheduler();
    await first.declare({ ScheduleExpression: 'rate(10 minutes)' });
    await first.scheduler.start();
    await vi.advanceTimersByTimeAsync(4 * MINUTE);
    await first.stop();

    const second = await aScheduler({ dataDir: first.dataDir });
    await second.declare({ ScheduleExpression: 'rate(10 minutes)' });
    await second.scheduler.start();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);
    const early = second.deliveries.length;
    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(first.deliveries).toHaveLength(1);
    expect(early).toBe(0);
    expect(second.deliveries).toHaveLength(1);
  });

  test('runs missed while nothing ran are made up once', async () => {
    const first = await aScheduler();
    await first.declare();
    await first.scheduler.start();
    await vi.advanceTimersByTimeAsync(10);
    await first.stop();
    vi.setSystemTime(Date.parse('2026-01-15T13:00:30Z'));

    const second = await aScheduler({ dataDir: first.dataDir });
    await second.declare();
    await second.scheduler.start();
    await vi.advanceTimersByTimeAsync(10);
    const madeUp = second.deliveries.length;
    await vi.advanceTimersByTimeAsync(MINUTE);

    expect(madeUp).toBe(1);
    // The run is that of the time that was missed first, whenever it is made up.
    expect(second.deliveries.map(({ payload }) => JSON.parse(payload).time)).toEqual([
      '2026-01-15T10:01:00Z',
      '2026-01-15T13:01:00Z',
    ]);
  });

  test('are gone when the template no longer has them, disabled ones stay silent', async () => {
    const first = await aScheduler();
    await first.declare({ Name: 'old' });
    await first.stop();
    const second = await aScheduler({ dataDir: first.dataDir });
    await second.declare({ State: 'DISABLED' });

    await second.scheduler.start();
    await vi.advanceTimersByTimeAsync(5 * MINUTE);

    expect(second.deliveries).toEqual([]);
  });

  test.each([
    ['at(2026-01-15T09:59:10)', 1],
    ['at(2026-01-15T09:58:59)', 0],
  ])('with one run that is past: %s at ten runs %i times', async (ScheduleExpression, times) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { scheduler, declare, deliveries } = await aScheduler();
    await scheduler.start();
    await declare({ ScheduleExpression });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    // A change of something else is no new run.
    await declare({ ScheduleExpression, Description: 'new' });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(deliveries).toHaveLength(times);
    expect(said.mock.calls).toHaveLength(times === 0 ? 1 : 0);
  });

  test('with one run that is changed right after it runs no second time, unless its time is new', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await scheduler.start();
    await declare({ ScheduleExpression: 'at(2026-01-15T10:00:10)' });
    await vi.advanceTimersByTimeAsync(20_000);
    await declare({ ScheduleExpression: 'at(2026-01-15T10:00:10)', Description: 'new' });
    await vi.advanceTimersByTimeAsync(1000);
    const afterChange = deliveries.length;
    await declare({ ScheduleExpression: 'at(2026-01-15T10:01:00)' });
    await vi.advanceTimersByTimeAsync(MINUTE);

    expect([afterChange, deliveries.length]).toEqual([1, 2]);
  });

  test('with one run run again when the zone of their time is another one', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await scheduler.start();
    const once = { ScheduleExpression: 'at(2026-01-15T10:00:10)' };
    await declare(once);
    await vi.advanceTimersByTimeAsync(MINUTE);
    await declare({ ...once, ScheduleExpressionTimezone: 'Atlantic/Azores' });
    await vi.advanceTimersByTimeAsync(60 * MINUTE);

    expect(deliveries).toHaveLength(2);
  });

  test('go on for as long as they have a next run, also when they are to be deleted after the last', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await declare({ ActionAfterCompletion: 'DELETE' });
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(2 * MINUTE + 1000);

    expect(deliveries).toHaveLength(3);
  });

  test('outlast a reset, which forgets what calls have made', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await declare();
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(1000);
    scheduler.reset();
    await vi.advanceTimersByTimeAsync(MINUTE);

    expect(deliveries).toHaveLength(2);
  });

  test('fill in context attributes, the number of the attempt at each attempt', async () => {
    let attempts = 0;
    const { scheduler, declare, deliveries } = await aScheduler({
      answer: () => {
        attempts += 1;
        if (attempts === 1) throw new Error('busy');
      },
    });
    const names = ['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number'];
    const Input = JSON.stringify(names.map((name) => `<aws.scheduler.${name}>`));
    await declare({ ScheduleExpression: 'at(2026-01-15T10:01:00)', Target: target(Input) });
    await scheduler.start();

    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(JSON.parse(deliveries[0]!.payload)).toEqual([
      'arn:aws:scheduler:us-east-1:000000000000:schedule/default/watch',
      '2026-01-15T10:01:00Z',
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      '2',
    ]);
  });

  test('give a run that fails for good to the dead letters', async () => {
    const { scheduler, declare, deliveries } = await aScheduler({
      answer: () => {
        throw new AwsError('ResourceNotFoundException', 'no such function');
      },
    });
    await declare({
      ScheduleExpression: 'at(2026-01-15T10:01:00)',
      Target: { ...target('{}'), DeadLetterConfig: { Arn: DEAD } },
    });
    await scheduler.start();

    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(deliveries).toMatchObject([
      {
        arn: DEAD,
        payload: '{}',
        attributes: {
          SCHEDULE_ARN: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/watch',
          ERROR_CODE: 'ResourceNotFoundException',
        },
      },
    ]);
  });

  test.each([
    ['a bad expression', { ScheduleExpression: 'cron(0 10 * * * *)' }, /must be \?/],
    ['a flexible window', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /only OFF/],
    ['a group that is not there', { GroupName: 'mine' }, /no schedule group mine/],
    [
      'a universal target',
      { Target: { ...target(), Arn: 'arn:aws:scheduler:::aws-sdk:sqs:x' } },
      /supported/,
    ],
    [
      'an event bus as target',
      { Target: { ...target(), Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/b' } },
      /not supported locally/,
    ],
    ['an input that is no JSON', { Target: target('plain') }, /must be JSON/],
    [
      'target parameters of others',
      { Target: { ...target(), EcsParameters: {} } },
      /EcsParameters/,
    ],
  ])('refuse %s by the logical id', async (_what, properties, message) => {
    const { declare } = await aScheduler();

    await expect(declare(properties)).rejects.toThrow(message);
    await expect(declare(properties)).rejects.toThrow(/^Schedule: /);
  });
});

describe('the Scheduler API', () => {
  const aSchedule = (more: Partial<CreateScheduleCommandInput> = {}) => ({
    Name: 'nightly',
    ScheduleExpression: 'cron(0 3 * * ? *)',
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: target('{"a":1}'),
    ...more,
  });

  async function aClient() {
    const host = await aScheduler();
    await host.scheduler.start();
    const { client } = await awsServer([host.scheduler]);
    return { ...host, client: new SchedulerClient(client) };
  }

  test('creates, reads, changes, lists and deletes schedules', async () => {
    const { client } = await aClient();

    const { ScheduleArn } = await client.send(new CreateScheduleCommand(aSchedule()));
    const created = await client.send(new GetScheduleCommand({ Name: 'nightly' }));
    await client.send(new UpdateScheduleCommand(aSchedule({ State: 'DISABLED' })));
    const updated = await client.send(new GetScheduleCommand({ Name: 'nightly' }));
    await client.send(new CreateScheduleCommand(aSchedule({ Name: 'other' })));
    const page = await client.send(new ListSchedulesCommand({ MaxResults: 1 }));
    const rest = await client.send(new ListSchedulesCommand({ NextToken: page.NextToken }));
    await client.send(new DeleteScheduleCommand({ Name: 'nightly' }));

    expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly');
    expect(created).toMatchObject({ State: 'ENABLED', Target: { Input: '{"a":1}' } });
    expect(created.CreationDate).toBeInstanceOf(Date);
    expect(updated).toMatchObject({ State: 'DISABLED' });
    expect(page.Schedules?.map(({ Name }) => Name)).toEqual(['nightly']);
    expect(rest.Schedules?.map(({ Name }) => Name)).toEqual(['other']);
    await expect(client.send(new GetScheduleCommand({ Name: 'nightly' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('takes the same call twice for one, another of that name for a conflict', async () => {
    const { client } = await aClient();
    const call = aSchedule({ ClientToken: 'once' });

    await client.send(new CreateScheduleCommand(call));
    await client.send(new CreateScheduleCommand(call));

    await expect(client.send(new CreateScheduleCommand(aSchedule()))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await expect(
      client.send(
        new CreateScheduleCommand(aSchedule({ Name: 'b', ScheduleExpression: 'rate(x)' })),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(
      client.send(new CreateScheduleCommand(aSchedule({ Name: 'c', StartDate: new Date() }))),
    ).rejects.toThrow(/StartDate/);
  });

  test('runs a schedule once and deletes it after completion when asked to', async () => {
    const { client, deliveries } = await aClient();
    const soon = new Date(Date.now() + 1500).toISOString().slice(0, 19);

    await client.send(
      new CreateScheduleCommand(
        aSchedule({ ScheduleExpression: `at(${soon})`, ActionAfterCompletion: 'DELETE' }),
      ),
    );
    await expect.poll(() => deliveries).toHaveLength(1);

    const { Schedules } = await client.send(new ListSchedulesCommand({}));
    expect(Schedules).toEqual([]);
    expect(deliveries[0]).toMatchObject({ arn: FUNCTION, payload: '{"a":1}' });
  });
});

test('groups keep schedules of the same name apart', async () => {
  const first = await aScheduler();
  const group = first.scheduler.providers[1]!;
  expect(await group.create('Group', { Name: 'g' }, resourceContext)).toMatchObject({ ref: 'g' });
  await first.scheduler.start();
  const { client: settings } = await awsServer([first.scheduler]);
  const client = new SchedulerClient(settings);
  const schedule = (GroupName: string, at: string) => ({
    GroupName,
    Name: 'daily',
    ScheduleExpression: `at(${at})`,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: target('{}'),
  });
  for (const name of ['g', 'default']) {
    const created = await client.send(
      new CreateScheduleCommand(schedule(name, '2099-01-01T00:00:00')),
    );
    expect(created.ScheduleArn).toMatch(new RegExp(`:schedule/${name}/daily$`));
  }
  await client.send(new UpdateScheduleCommand(schedule('g', '2098-01-01T00:00:00')));
  const get = async (GroupName: string) =>
    (await client.send(new GetScheduleCommand({ GroupName, Name: 'daily' }))).ScheduleExpression;
  expect([await get('g'), await get('default')]).toEqual([
    'at(2098-01-01T00:00:00)',
    'at(2099-01-01T00:00:00)',
  ]);
  const { Schedules } = await client.send(new ListSchedulesCommand({ GroupName: 'g' }));
  expect(Schedules).toMatchObject([{ GroupName: 'g', Name: 'daily' }]);
  await client.send(new DeleteScheduleCommand({ GroupName: 'g', Name: 'daily' }));
  await expect(get('g')).rejects.toThrow('daily does not exist');
  expect(await get('default')).toBeDefined();
  await expect(get('h')).rejects.toThrow('group h does not exist');
});
