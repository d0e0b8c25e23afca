import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  PutEventsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { awsServer, eventually, temporaryFolder } from '../support/aws-server.ts';
import { aBus, DEAD, moved, QUEUE } from './eventbridge-fixture.ts';

async function clientOf(bus: Awaited<ReturnType<typeof aBus>>) {
  const { client } = await awsServer([bus.eventBridge]);
  return new EventBridgeClient(client);
}

const put = (client: EventBridgeClient, ...Entries: ReturnType<typeof moved>[]) =>
  client.send(new PutEventsCommand({ Entries }));

describe('createEventBridge', () => {
  test('delivers a matching event to the targets of its rules, once each', async () => {
    const bus = await aBus();
    await bus.rule({
      Targets: [
        { Id: 'queue', Arn: QUEUE },
        { Id: 'part', Arn: QUEUE, InputPath: '$.detail.model' },
      ],
    });
    await bus.rule({ Name: 'off', State: 'DISABLED' });
    await bus.eventBridge.start();
    const client = await clientOf(bus);

    const { Entries } = await put(client, moved(), { ...moved(), DetailType: 'Other' });
    await eventually(() => bus.deliveries.length === 2);
    await bus.stop();

    const [whole, part] = bus.deliveries.map(({ payload }) => JSON.parse(payload));
    expect(whole).toMatchObject({
      version: '0',
      id: Entries?.[0]?.EventId,
      source: 'slipway.registry',
      'detail-type': 'Moved',
      account: '000000000000',
      region: 'us-east-1',
      resources: [],
      detail: { model: 'm' },
    });
    expect(whole.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(part).toBe('m');
    expect(bus.deliveries).toHaveLength(2);
  });

  test('names executions after event and target, alike at each attempt', async () => {
    const names: (string | undefined)[] = [];
    const bus = await aBus({
      answer: async ({ executionName }) => {
        names.push(executionName);
        if (names.length < 3) throw new Error('busy');
      },
    });
    await bus.rule();
    await bus.eventBridge.start();
    const client = await clientOf(bus);

    const { Entries } = await put(client, moved());
    await eventually(() => names.length === 3);

    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(new RegExp(`^${Entries?.[0]?.EventId}_[0-9a-f]{12}$`));
  });

  test('sends an event to the dead letters after the last retry, with the reason', async () => {
    const bus = await aBus({
      answer: async ({ arn }) => {
        if (arn === QUEUE) throw new AwsError('KmsThrottled', 'slow down');
      },
    });
    const target = { Id: 't', Arn: QUEUE, InputPath: '$.detail', DeadLetterConfig: { Arn: DEAD } };
    const rule = await bus.rule({
      Targets: [{ ...target, RetryPolicy: { MaximumRetryAttempts: 1 } }],
    });
    await bus.eventBridge.start();
    const client = await clientOf(bus);

    await put(client, moved());
    await eventually(() => bus.deliveries.length === 1);

    expect(bus.deliveries[0]).toMatchObject({
      arn: DEAD,
      attributes: {
        RULE_ARN: rule.attributes.Arn,
        TARGET_ARN: QUEUE,
        ERROR_CODE: 'KmsThrottled',
        ERROR_MESSAGE: 'slow down',
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        RETRY_ATTEMPTS: '1',
      },
    });
    expect(JSON.parse(bus.deliveries[0]!.payload)).toMatchObject({ source: 'slipway.registry' });
  });

  test('does not retry a target that does not exist, and takes a started execution for success', async () => {
    const attempts: string[] = [];
    const bus = await aBus({
      answer: async ({ arn }) => {
        attempts.push(arn);
        if (arn.endsWith('gone')) throw new AwsError('QueueDoesNotExist', 'gone');
        if (arn.endsWith('twice')) throw new AwsError('ExecutionAlreadyExists', 'known');
      },
    });
    const targets = ['gone', 'twice'].map((name) => ({
      Id: name,
      Arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      DeadLetterConfig: { Arn: DEAD },
    }));
    await bus.rule({ Targets: targets });
    await bus.eventBridge.start();

    await put(await clientOf(bus), moved());
    await eventually(() => bus.deliveries.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));

    expect(bus.deliveries.map(({ arn }) => arn)).toEqual([DEAD]);
    expect(attempts).toHaveLength(3);
  });

  test('delivers at the next start what a killed process had accepted', async () => {
    const dataDir = temporaryFolder();
    const child = fork(join(import.meta.dirname, 'publisher.ts'), [dataDir]);
    const accepted: string[] = [];
    child.on('message', (id: string) => {
      accepted.push(id);
      if (accepted.length === 100) child.kill('SIGKILL');
    });
    await once(child, 'exit');

    const bus = await aBus({ dataDir });
    await bus.eventBridge.start();
    await eventually(() => bus.deliveries.length >= accepted.length);

    const delivered = new Set(bus.deliveries.map(({ payload }) => JSON.parse(payload).detail.id));
    expect(accepted.length).toBeGreaterThanOrEqual(100);
    expect(accepted.filter((id) => !delivered.has(id))).toEqual([]);
  });

  test('reports refused entries beside the accepted ones', async () => {
    const bus = await aBus();
    const client = await clientOf(bus);

    const { FailedEntryCount, Entries } = await put(
      client,
      moved(),
      { ...moved(), Detail: 'no json' },
      { ...moved(), Detail: '[1]' },
      { ...moved(), Source: '' },
      { ...moved(), Source: 'aws.s3' },
      { ...moved(), EventBusName: 'none' },
    );

    expect(FailedEntryCount).toBe(5);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
      'InvalidArgument',
      'NotAuthorizedForSourceException',
      'ResourceNotFoundException',
    ]);
    expect(Entries?.[0]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['no entry', []],
    ['eleven entries', Array.from({ length: 11 }, () => moved())],
    ['more than 256 KB', [moved({ text: 'x'.repeat(262_144) })]],
  ])('refuses a call with %s', async (_what, entries) => {
    const client = await clientOf(await aBus());

    await expect(put(client, ...entries)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('tests patterns, and lists buses and rules', async () => {
    const bus = await aBus();
    await bus.rule();
    const client = await clientOf(bus);
    const Event = JSON.stringify({ source: 'a' });

    const { Result } = await client.send(
      new TestEventPatternCommand({ Event, EventPattern: '{"source":["a"]}' }),
    );
    const { EventBuses } = await client.send(new ListEventBusesCommand({}));
    const { Rules } = await client.send(new ListRulesCommand({ EventBusName: 'slipway' }));

    expect(Result).toBe(true);
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'slipway']);
    expect(Rules).toMatchObject([{ Name: 'moved', State: 'ENABLED' }]);
    await expect(
      client.send(new TestEventPatternCommand({ Event, EventPattern: '{"a":[{"like":1}]}' })),
    ).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html
  test('lists what begins with a prefix, page by page', async () => {
    const bus = await aBus();
    for (const Name of ['moved', 'more', 'most']) await bus.rule({ Name });
    const client = await clientOf(bus);
    const rules = async (NamePrefix: string) => {
      const command = new ListRulesCommand({ EventBusName: 'slipway', NamePrefix });
      return (await client.send(command)).Rules?.map(({ Name }) => Name);
    };

    expect(await rules('mov')).toEqual(['moved']);
    expect(await rules('x')).toEqual([]);
    const { EventBuses } = await client.send(new ListEventBusesCommand({ NamePrefix: 'sl' }));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['slipway']);
    const found: (string | undefined)[][] = [];
    for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
      const command = new ListRulesCommand({ EventBusName: 'slipway', Limit: 2, NextToken });
      const page = await client.send(command);
      found.push((page.Rules ?? []).map(({ Name }) => Name));
      NextToken = page.NextToken;
    }
    expect(found).toEqual([['moved', 'more'], ['most']]);
    for (const more of [{ Limit: 0 }, { Limit: 101 }, { NextToken: 'a' }]) {
      await expect(client.send(new ListRulesCommand(more))).rejects.toMatchObject({
        name: 'ValidationException',
      });
    }
    const other = new PutEventsCommand({ EndpointId: 'abc.veo', Entries: [moved()] });
    await expect(client.send(other)).rejects.toThrow();
  });

  test('puts events of AWS services on the default bus, and on no other', async () => {
    const bus = await aBus();
    await bus.rule({ EventBusName: 'default', EventPattern: { source: ['aws.s3'] } });
    await bus.rule({ EventPattern: { source: ['aws.s3'] } });
    await bus.eventBridge.start();

    const bucket = 'arn:aws:s3:::b';
    bus.eventBridge.emit('aws.s3', 'Object Created', { bucket: { name: 'b' } }, bucket);
    await eventually(() => bus.deliveries.length === 1);
    const event = JSON.parse(bus.deliveries[0]!.payload);

    const resources = [bucket];
    expect(event).toMatchObject({ source: 'aws.s3', resources, detail: { bucket: { name: 'b' } } });
    expect(bus.deliveries).toHaveLength(1);
  });

  test.each([
    ['a schedule', { ScheduleExpression: 'rate(1 minute)' }, /AWS::Scheduler::Schedule/],
    ['no pattern', { EventPattern: undefined }, /EventPattern/],
    ['an unknown operator', { EventPattern: { a: [{ like: 'x' }] } }, /like/],
    ['an unknown bus', { EventBusName: 'none' }, /none/],
    [
      'another bus as target',
      { Targets: [{ Id: 't', Arn: 'arn:aws:events:us-east-1:000000000000:event-bus/b' }] },
      /a function, a queue or a state machine/,
    ],
    ['a template without its variable', transformed('<x>'), /target t: .*<x>/],
    [
      'too many retries',
      { Targets: [{ Id: 't', Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 186 } }] },
      /MaximumRetryAttempts/,
    ],
  ])('refuses a rule with %s by its logical id', async (_what, properties, message) => {
    const bus = await aBus();

    const refused = bus.rule(properties);

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/^Rule: /);
  });
});

function transformed(InputTemplate: string) {
  return { Targets: [{ Id: 't', Arn: QUEUE, InputTransformer: { InputTemplate } }] };
}
