import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { aScheduler, DEAD, target } from './scheduler-fixture.ts';

const MINUTE = 60_000;

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
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

  test('with one run run when they are enabled before its time', async () => {
    const { scheduler, declare, deliveries } = await aScheduler();
    await scheduler.start();
    const once = { ScheduleExpression: 'at(2026-01-15T10:01:00)' };
    await declare({ ...once, State: 'DISABLED' });
    await vi.advanceTimersByTimeAsync(1000);
    await declare(once);
    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(deliveries).toHaveLength(1);
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

  test('that were run and not delivered are forgotten by a reset', async () => {
    let attempts = 0;
    const { scheduler, declare, deliveries } = await aScheduler({
      answer: () => {
        attempts += 1;
        throw new Error('busy');
      },
    });
    await declare({ ScheduleExpression: 'at(2026-01-15T10:01:00)' });
    await scheduler.start();
    await vi.advanceTimersByTimeAsync(MINUTE + 1);
    scheduler.reset();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);

    expect([attempts, deliveries.length]).toEqual([1, 0]);
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
