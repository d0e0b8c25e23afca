import { describe, expect, test, vi } from 'vitest';
import { eventually, temporaryFolder } from '../support/aws-server.ts';
import { aHost } from './event-sources-fixture.ts';

interface QueueEvent {
  readonly Records: {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: { readonly ApproximateReceiveCount: string };
  }[];
}

const bodiesOf = (event: QueueEvent) => event.Records.map(({ body }) => body);

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and its pages on errors and scaling */
describe('a mapping of a queue', () => {
  test('hands messages to the function as AWS shapes them, and deletes them', async () => {
    const host = await aHost();
    const events: QueueEvent[] = [];
    await host.feed(
      { EventSourceArn: host.queueArn },
      (event: QueueEvent) => void events.push(event),
    );

    await host.queues.send(host.queueArn, 'hello', { attributes: { kind: 'greeting' } });
    await eventually(() => events.length === 1);

    expect(events[0]?.Records).toEqual([
      expect.objectContaining({
        body: 'hello',
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        eventSource: 'aws:sqs',
        eventSourceARN: host.queueArn,
        awsRegion: 'us-east-1',
        attributes: expect.objectContaining({ ApproximateReceiveCount: '1' }),
        messageAttributes: {
          kind: {
            stringValue: 'greeting',
            dataType: 'String',
            stringListValues: [],
            binaryListValues: [],
          },
        },
      }),
    ]);
  });

  test('gives back only the messages that the function reports, and buries them in the end', async () => {
    const host = await aHost();
    const attempts: string[] = [];
    await host.queues.send(host.queueArn, 'good');
    await host.queues.send(host.queueArn, 'bad');

    await host.feed(
      { EventSourceArn: host.queueArn, FunctionResponseTypes: ['ReportBatchItemFailures'] },
      (event: QueueEvent) => {
        attempts.push(...bodiesOf(event));
        const failed = event.Records.filter(({ body }) => body === 'bad');
        return { batchItemFailures: failed.map((r) => ({ itemIdentifier: r.messageId })) };
      },
    );
    const [letter] = await host.queues.receive(host.deadArn, 1, 5000);

    expect(letter?.body).toBe('bad');
    expect(attempts.filter((body) => body === 'good')).toHaveLength(1);
    expect(attempts.filter((body) => body === 'bad')).toHaveLength(2);
  });

  test('counts a failure of the function, and not the end of the host under it', async () => {
    const dataDir = temporaryFolder();
    const counts: string[] = [];
    /** A host that feeds the queue to `then` until it was called once. */
    const life = async (then: () => unknown) => {
      const host = await aHost(dataDir);
      if (counts.length === 0) await host.queues.send(host.queueArn, 'one');
      const before = counts.length;
      await host.feed({ EventSourceArn: host.queueArn }, (event: QueueEvent) => {
        counts.push(...event.Records.map(({ attributes }) => attributes.ApproximateReceiveCount));
        return then();
      });
      await eventually(() => counts.length > before);
      await host.stop();
    };

    await life(() => Promise.reject(new Error('refused')));
    await life(() => new Promise(() => undefined));
    await life(() => null);

    expect(counts).toEqual(['1', '2', '2']);
  });

  test('deletes what its filter rejects', async () => {
    const host = await aHost();
    const seen: string[] = [];
    const filter = (pattern: unknown) => ({ Pattern: JSON.stringify(pattern) });
    await host.feed(
      {
        EventSourceArn: host.queueArn,
        FilterCriteria: { Filters: [filter({ body: { n: [{ numeric: ['>', 1] }] } })] },
      },
      (event: QueueEvent) => void seen.push(...bodiesOf(event)),
    );

    for (const body of ['{"n":1}', 'text', '{"n":2}']) await host.queues.send(host.queueArn, body);
    await eventually(() => seen.length === 1);

    expect(seen).toEqual(['{"n":2}']);
    expect(await host.queues.receive(host.queueArn, 10, 1200)).toEqual([]);
  });

  test('runs no more batches at a time than its concurrency', async () => {
    const host = await aHost();
    let running = 0;
    let most = 0;
    let done = 0;
    const { promise: three, resolve: reached } = Promise.withResolvers<void>();
    for (let i = 0; i < 8; i++) await host.queues.send(host.queueArn, `${i}`);

    await host.feed(
      { EventSourceArn: host.queueArn, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 3 } },
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) reached();
        await three;
        // A fourth would come now if it could.
        await new Promise((resolve) => setTimeout(resolve, 20));
        running -= 1;
        done += 1;
      },
    );
    await eventually(() => done === 8);

    expect(most).toBe(3);
  });

  /** Feeds messages one by one to a function that hangs for all but the quick ones until it is released. */
  const hangingFunction = async (bodies: readonly string[], properties: object = {}) => {
    const host = await aHost();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const seen = { hanging: 0, quick: 0, release };
    for (const body of bodies) await host.queues.send(host.queueArn, body);
    await host.feed(
      { EventSourceArn: host.queueArn, BatchSize: 1, ...properties },
      async (event: QueueEvent) => {
        const isQuick = bodiesOf(event)[0] === 'quick';
        seen[isQuick ? 'quick' : 'hanging'] += 1;
        if (!isQuick) await released;
      },
    );
    return seen;
  };

  test('lets batches that take long keep back no others', async () => {
    const seen = await hangingFunction(['hangs', 'hangs', 'hangs', 'hangs', 'quick']);
    await eventually(() => seen.hanging === 4 && seen.quick === 1);
    seen.release();
  });

  test('goes on when the queue fails while more batches are taken', async () => {
    const host = await aHost();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    const handled: string[] = [];
    for (let i = 0; i < 3; i++) await host.queues.send(host.queueArn, 'hangs');
    const { receive } = host.queues;
    let calls = 0;
    vi.spyOn(host.queues, 'receive').mockImplementation((...args) => {
      calls += 1;
      return calls === 3 ? Promise.reject(new Error('disk full')) : receive(...args);
    });
    await host.feed({ EventSourceArn: host.queueArn, BatchSize: 1 }, async (event: QueueEvent) => {
      await released;
      handled.push(...bodiesOf(event));
    });
    await eventually(() => told.mock.calls.some((call) => String(call[1]).includes('disk full')));
    release();
    await eventually(() => handled.length === 3);
  });

  test('lets batches that take long keep back others where their number is limited', async () => {
    const limits = { ScalingConfig: { MaximumConcurrency: 2 } };
    const seen = await hangingFunction(['hangs', 'hangs', 'quick'], limits);
    await eventually(() => seen.hanging === 2);
    // A third would come now if it could.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(seen.quick).toBe(0);
    seen.release();
    await eventually(() => seen.quick === 1);
  });

  test('collects a batch above ten within its window', async () => {
    const host = await aHost();
    const queueArn = await host.declareQueue('bulk');
    const sizes: number[] = [];
    for (let i = 0; i < 15; i++) await host.queues.send(queueArn, `${i}`);

    await host.feed(
      {
        EventSourceArn: queueArn,
        BatchSize: 15,
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 2 },
      },
      (event: QueueEvent) => void sizes.push(event.Records.length),
    );
    await eventually(() => sizes.reduce((a, b) => a + b, 0) === 15);

    expect(sizes.length).toBeLessThanOrEqual(2);
  });

  test.each([
    ['BisectBatchOnFunctionError', true],
    ['StartingPosition', 'LATEST'],
    ['MaximumRetryAttempts', 1],
    ['MaximumRecordAgeInSeconds', 60],
    ['DestinationConfig', { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:0:q' } }],
  ])('refuses %s, which streams have', async (name, value) => {
    const host = await aHost();

    const refused = host.feed({ EventSourceArn: host.queueArn, [name]: value }, () => null);

    await expect(refused).rejects.toThrow(`Mapping: a queue takes no ${name}`);
  });
});
