import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { awsServer, resourceContext } from '../support/aws-server.ts';
import { aScheduler, FUNCTION, target } from './scheduler-fixture.ts';

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
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

  test('takes an empty token for none: the same call twice is a conflict', async () => {
    const { client } = await aClient();
    const call = aSchedule({ ClientToken: '' });
    await client.send(new CreateScheduleCommand(call));

    await expect(client.send(new CreateScheduleCommand(call))).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  test('makes no schedule in a group that is not there', async () => {
    const { client } = await aClient();
    await expect(
      client.send(new CreateScheduleCommand(aSchedule({ GroupName: 'none' }))),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('lists by beginning of the name and by state, and gives a token only when there is more', async () => {
    const { client } = await aClient();
    await client.send(new CreateScheduleCommand(aSchedule({ Name: 'a-1' })));
    await client.send(new CreateScheduleCommand(aSchedule({ Name: 'a-2', State: 'DISABLED' })));
    await client.send(new CreateScheduleCommand(aSchedule({ Name: 'b-1' })));
    const listed = async (input: ListSchedulesCommandInput) => {
      const { Schedules = [], NextToken } = await client.send(new ListSchedulesCommand(input));
      return [...Schedules.map(({ Name }) => Name), ...(NextToken ? ['more'] : [])];
    };

    expect(await listed({})).toEqual(['a-1', 'a-2', 'b-1']);
    expect(await listed({ NamePrefix: 'a' })).toEqual(['a-1', 'a-2']);
    expect(await listed({ State: 'DISABLED' })).toEqual(['a-2']);
    expect(await listed({ MaxResults: 2 })).toEqual(['a-1', 'a-2', 'more']);
    expect(await listed({ MaxResults: 3 })).toEqual(['a-1', 'a-2', 'b-1']);
    await expect(listed({ GroupName: 'none' })).rejects.toThrow('group none does not exist');
  });

  test('keeps what calls have made over a restart', async () => {
    const first = await aClient();
    await first.client.send(new CreateScheduleCommand(aSchedule()));
    await first.stop();
    const second = await aScheduler({ dataDir: first.dataDir });
    await second.scheduler.start();
    const { client } = await awsServer([second.scheduler]);

    const found = await new SchedulerClient(client).send(new ListSchedulesCommand({}));
    expect(found.Schedules).toMatchObject([{ Name: 'nightly' }]);
  });

  test('makes up a single run that was missed while nothing ran, and deletes its schedule then', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-15T10:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const first = await aClient();
    const once = {
      ScheduleExpression: 'at(2026-01-15T10:30:00)',
      ActionAfterCompletion: 'DELETE' as const,
      Target: target('"<aws.scheduler.scheduled-time>"'),
    };
    await first.client.send(new CreateScheduleCommand(aSchedule(once)));
    await first.stop();
    vi.setSystemTime(Date.parse('2026-01-18T10:00:00Z'));

    const second = await aScheduler({ dataDir: first.dataDir });
    await second.scheduler.start();
    await expect
      .poll(() => second.deliveries)
      .toMatchObject([{ payload: '"2026-01-15T10:30:00Z"' }]);
    await second.stop();
    const third = await aScheduler({ dataDir: first.dataDir });
    await third.scheduler.start();
    const { client } = await awsServer([third.scheduler]);
    const { Schedules } = await new SchedulerClient(client).send(new ListSchedulesCommand({}));

    expect(Schedules).toEqual([]);
    expect([...first.deliveries, ...third.deliveries]).toEqual([]);
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
