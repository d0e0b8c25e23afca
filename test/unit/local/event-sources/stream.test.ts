import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { eventually, resourceContext, temporaryFolder } from '../support/aws-server.ts';
import { aHost, type StreamEvent } from './event-sources-fixture.ts';

type Host = Awaited<ReturnType<typeof aHost>>;

const stream = (host: Host, more: Readonly<Record<string, unknown>> = {}) => ({
  EventSourceArn: host.streamArn,
  StartingPosition: 'TRIM_HORIZON',
  BatchSize: 100,
  ...more,
});

async function put(host: Host, ...keys: string[]) {
  for (const pk of keys) {
    const Item = {
      pk: { S: pk },
      sk: { S: 'x' },
      type: { S: pk.startsWith('o') ? 'outbox' : 'r' },
    };
    await host.client.send(new PutItemCommand({ TableName: 'models', Item }));
  }
}

const keysOf = (event: StreamEvent) => event.Records.map(({ dynamodb }) => dynamodb.Keys.pk.S);

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and its pages on batching and errors */
describe('a mapping of a table stream', () => {
  test('invokes the function with records as AWS shapes them, in order', async () => {
    const host = await aHost();
    await put(host, 'a', 'b');
    const events: StreamEvent[] = [];

    await host.feed(stream(host), (event: StreamEvent) => void events.push(event));
    await eventually(() => events.flatMap(keysOf).length === 2);
    await put(host, 'c');
    await eventually(() => events.flatMap(keysOf).length === 3);

    expect(events.flatMap(keysOf)).toEqual(['a', 'b', 'c']);
    expect(events[0]?.Records[0]).toMatchObject({
      eventName: 'INSERT',
      eventSourceARN: host.streamArn,
      dynamodb: { SequenceNumber: '1', NewImage: { pk: { S: 'a' } } },
    });
  });

  test.each([
    [100, 20],
    [500, 90],
  ])('of %i leaves records of a busy stream the time to gather', async (BatchSize, ms) => {
    const host = await aHost();
    const begun: number[] = [];
    const handler = async () => {
      // The next record is there before this one is handled.
      if (begun.push(performance.now()) < 5) await put(host, `k${begun.length}`);
    };

    await host.feed(stream(host, { BatchSize }), handler);
    await put(host, 'k0');
    await eventually(() => begun.length === 5);

    const gaps = begun.slice(1).map((time, i) => time - (begun[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(ms);
  });

  test('sends only what a filter lets through', async () => {
    const host = await aHost();
    const Pattern = JSON.stringify({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { type: { S: ['outbox'] } } },
    });
    const seen: string[] = [];

    await host.feed(
      stream(host, { FilterCriteria: { Filters: [{ Pattern }] } }),
      (event: StreamEvent) => void seen.push(...keysOf(event)),
    );
    await put(host, 'a', 'o1', 'b', 'o2', 'o1');
    await eventually(() => seen.length === 2);

    expect(seen).toEqual(['o1', 'o2']);
  });

  test('goes on after a restart where it had succeeded', async () => {
    const first = await aHost();
    const seen: string[] = [];
    const handler = (event: StreamEvent) => {
      if (keysOf(event).includes('c')) throw new Error('not yet');
      seen.push(...keysOf(event));
    };
    await put(first, 'a', 'b');
    await first.feed(stream(first, { BatchSize: 1 }), handler);
    await eventually(() => seen.length === 2);
    await put(first, 'c', 'd');
    await first.stop();
    const second = await aHost(first.dataDir);

    const afterwards: string[] = [];
    await second.feed(
      stream(second, { BatchSize: 1 }),
      (event: StreamEvent) => void afterwards.push(...keysOf(event)),
    );
    await eventually(() => afterwards.length === 2);

    expect(seen).toEqual(['a', 'b']);
    expect(afterwards).toEqual(['c', 'd']);
  });

  test('hands over what was written before the machine was off for days', async () => {
    const first = await aHost();
    await put(first, 'a', 'b', 'c');
    await first.stop();
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(Date.now() + 3 * 24 * 3600 * 1000);

    const second = await aHost(first.dataDir);
    const mapping = { FunctionName: 'relay', ...stream(second) };
    await second.eventSources.providers[0]!.create('Mapping', mapping, resourceContext);
    // What is old is forgotten as it starts, before anybody reads.
    await second.dynamodb.start();
    vi.useRealTimers();
    const seen: string[] = [];
    await second.feed(stream(second), (event: StreamEvent) => void seen.push(...keysOf(event)));
    await eventually(() => seen.includes('c'));

    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('passes over nothing that comes after a table has lost its last writes', async () => {
    const first = await aHost();
    await put(first, 'a', 'b');
    await first.stop();
    const file = join(first.dataDir, 'dynamodb.db');
    const older = `${file}.older`;
    copyFileSync(file, older);
    const second = await aHost(first.dataDir);
    let handled = 0;
    await second.feed(stream(second), (event: StreamEvent) => {
      handled += event.Records.length;
    });
    await put(second, 'c', 'd', 'e');
    await eventually(() => handled === 5);
    await second.stop();
    copyFileSync(older, file);

    const third = await aHost(first.dataDir);
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => told.mockRestore());
    const seen: string[] = [];
    await third.feed(stream(third), (event: StreamEvent) => void seen.push(...keysOf(event)));
    await put(third, 'f');
    await eventually(() => seen.length === 1);

    expect(seen).toEqual(['f']);
    expect(told.mock.calls.flat()).toEqual([
      'models has lost its last writes: relay had read 3 of them',
    ]);
  });

  test('starts at the newest record with LATEST, and keeps that place', async () => {
    const host = await aHost();
    await put(host, 'before');
    const seen: string[] = [];

    await host.feed(
      stream(host, { StartingPosition: 'LATEST' }),
      (event: StreamEvent) => void seen.push(...keysOf(event)),
    );
    await put(host, 'after');
    await eventually(() => seen.length > 0);

    expect(seen).toEqual(['after']);
  });

  test('goes on at the record that the function reports', async () => {
    const host = await aHost();
    await put(host, 'a', 'b', 'c');
    const events: string[][] = [];

    await host.feed(
      stream(host, { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
      (event: StreamEvent) => {
        events.push(keysOf(event));
        const failed = events.length === 1 ? event.Records[1] : undefined;
        const itemIdentifier = failed?.dynamodb.SequenceNumber;
        return { batchItemFailures: itemIdentifier ? [{ itemIdentifier }] : [] };
      },
    );
    await eventually(() => events.length === 2);

    expect(events).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  test('halves a failing batch until the bad record stands alone, and gives that one up', async () => {
    const host = await aHost();
    await put(host, 'a', 'bad', 'c', 'd');
    const done: string[] = [];

    await host.feed(
      stream(host, {
        BisectBatchOnFunctionError: true,
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: host.deadArn } },
      }),
      (event: StreamEvent) => {
        if (keysOf(event).includes('bad')) throw new Error('bad');
        done.push(...keysOf(event));
      },
    );
    await eventually(() => done.length === 3);

    expect(done).toEqual(['a', 'c', 'd']);
    expect(host.deliveries.map(({ arn }) => arn)).toEqual([host.deadArn]);
    expect(JSON.parse(host.deliveries[0]!.payload)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: '2', endSequenceNumber: '2' },
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
  test('goes on behind a bad record whose destination is gone, and says so', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const host = await aHost(temporaryFolder(), async () => {
      throw new AwsError('QueueDoesNotExist', 'gone');
    });
    await put(host, 'bad', 'good');
    const done: string[] = [];

    await host.feed(
      stream(host, {
        BatchSize: 1,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: host.deadArn } },
      }),
      (event: StreamEvent) => {
        if (keysOf(event).includes('bad')) throw new Error('bad');
        done.push(...keysOf(event));
      },
    );
    await eventually(() => done.length === 1);

    expect(done).toEqual(['good']);
    expect(said).toHaveBeenCalledWith(expect.stringContaining(`to ${host.deadArn}: gone; it is`));
  });

  test('forgets at a reset what was on its way, and takes what comes then', async () => {
    const host = await aHost();
    const seen: string[] = [];
    let failures = 0;
    await put(host, 'old');
    await host.feed(stream(host), (event: StreamEvent) => {
      if (keysOf(event).includes('old')) {
        failures += 1;
        throw new Error('busy');
      }
      seen.push(...keysOf(event));
    });
    await eventually(() => failures > 0);

    host.dynamodb.reset();
    host.eventSources.reset();
    await put(host, 'new');
    await eventually(() => seen.length > 0);

    expect(seen).toEqual(['new']);
  });

  test('fills a batch for as long as its window is open', async () => {
    const host = await aHost();
    const events: string[][] = [];
    await host.feed(
      stream(host, { MaximumBatchingWindowInSeconds: 8, BatchSize: 3 }),
      (event: StreamEvent) => void events.push(keysOf(event)),
    );

    await put(host, 'a');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await put(host, 'b', 'c', 'd');
    await eventually(() => events.length === 2);

    expect(events).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test.each([
    ['an unknown stream', { EventSourceArn: 'arn:aws:dynamodb:::table/x/stream/y' }, /no stream/],
    ['another source', { EventSourceArn: 'arn:aws:kinesis:::stream/x' }, /kinesis/],
    ['no starting position', { StartingPosition: undefined }, /StartingPosition/],
    ['parallel shards', { ParallelizationFactor: 2 }, /ParallelizationFactor/],
    ['what queues have', { ScalingConfig: { MaximumConcurrency: 2 } }, /takes no ScalingConfig/],
    [
      'a topic for what failed',
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:0:t' } } },
      /must be a queue/,
    ],
    [
      'an unknown filter operator',
      { FilterCriteria: { Filters: [{ Pattern: '{"a":[{"like":"b"}]}' }] } },
      /like/,
    ],
  ])('refuses %s by the logical id', async (_what, change, message) => {
    const host = await aHost();

    const refused = host.feed(stream(host, change), () => null);

    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(/^Mapping: /);
  });
});
