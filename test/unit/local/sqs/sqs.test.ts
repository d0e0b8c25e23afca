import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SqsService } from '../../../../lib/local/sqs/index.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { temporaryFolder } from '../support/aws-server.ts';
import { declareQueue, openSqs } from './sqs-fixture.ts';

const DAY_MS = 24 * 3600 * 1000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html and sqs-dead-letter-queues.html beside it */
describe('createSqs', () => {
  test('moves a message to the dead letters after the last permitted receive', async () => {
    const sqs = openSqs(temporaryFolder());
    const dead = await declareQueue(sqs, 'dead');
    const RedrivePolicy = { deadLetterTargetArn: dead, maxReceiveCount: 2 };
    const jobs = await declareQueue(sqs, 'jobs', { RedrivePolicy, VisibilityTimeout: 0 });
    await sqs.queues.send(jobs, 'poison', { attributes: { rule: 'r' } });

    const counts: number[] = [];
    for (const _ of [1, 2]) {
      const [message] = await sqs.queues.receive(jobs, 1, 1000);
      counts.push(message!.receiveCount);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const third = await sqs.queues.receive(jobs, 1, 0);
    const [letter] = await sqs.queues.receive(dead, 1, 0);

    expect(counts).toEqual([1, 2]);
    expect(third).toEqual([]);
    expect(letter).toMatchObject({
      body: 'poison',
      receiveCount: 1,
      sourceArn: jobs,
      attributes: { rule: { DataType: 'String', StringValue: 'r' } },
    });
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  test('forgets messages after the retention of their queue, of a dead-letter queue counted from their sending', async () => {
    onTestFinished(() => void vi.useRealTimers());
    const sqs = openSqs(temporaryFolder());
    onTestFinished(() => sqs.stop());
    const dead = await declareQueue(sqs, 'dead', { MessageRetentionPeriod: 120 });
    const RedrivePolicy = { deadLetterTargetArn: dead, maxReceiveCount: 1 };
    const queue = await declareQueue(sqs, 'jobs', {
      MessageRetentionPeriod: 90,
      VisibilityTimeout: 0,
      RedrivePolicy,
    });
    for (const body of ['buried', 'left']) await sqs.queues.send(queue, body);
    const [first] = await sqs.queues.receive(queue, 1, 0);
    const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
    later(80_000);
    const [second] = await sqs.queues.receive(queue, 10, 0);
    later(20_000);
    const afterwards = await sqs.queues.receive(queue, 10, 0);
    const [letter] = await sqs.queues.receive(dead, 10, 0);
    later(30_000);

    expect([first?.body, second?.body, letter?.body, afterwards]).toEqual([
      'buried',
      'left',
      'buried',
      [],
    ]);
    expect(await sqs.queues.receive(dead, 10, 0)).toEqual([]);
  });

  // On AWS a queue has no night off.
  test('has for another hour what expired while the host was off', async () => {
    onTestFinished(() => void vi.useRealTimers());
    const dataDir = temporaryFolder();
    const first = openSqs(dataDir);
    await first.queues.send(await declareQueue(first, 'jobs'), 'waiting');
    await first.stop();
    vi.setSystemTime(Date.now() + 5 * DAY_MS);

    const second = openSqs(dataDir);
    onTestFinished(() => second.stop());
    const queue = await declareQueue(second, 'jobs');
    const [message] = await second.queues.receive(queue, 1, 0);
    vi.setSystemTime(Date.now() + DAY_MS / 24);

    expect(message?.body).toBe('waiting');
    expect(await second.queues.receive(queue, 1, 0)).toEqual([]);
  });

  test('keeps messages that a killed process had acknowledged', async () => {
    const dataDir = temporaryFolder();
    const child = fork(join(import.meta.dirname, 'sender.ts'), [dataDir]);
    let acknowledged = 0;
    child.on('message', () => {
      acknowledged += 1;
      if (acknowledged === 100) child.kill('SIGKILL');
    });

    await once(child, 'exit');
    const sqs = openSqs(dataDir);
    const queue = await declareQueue(sqs, 'jobs');
    const bodies = new Set<string>();
    for (;;) {
      const messages = await sqs.queues.receive(queue, 10, 0);
      for (const { body } of messages) bodies.add(body);
      if (messages.length === 0) break;
    }

    expect(acknowledged).toBeGreaterThanOrEqual(100);
    expect([...Array(acknowledged).keys()].filter((i) => !bodies.has(`${i}`))).toEqual([]);
  });

  describe('at the next start', () => {
    const RedrivePolicy = { deadLetterTargetArn: 'arn:aws:sqs:::dead', maxReceiveCount: 2 };

    /** Opens the queue as a process does, receives and ends with the message held. */
    async function life(
      dataDir: string,
      during: (sqs: SqsService, queue: string) => Promise<void>,
    ): Promise<void> {
      const sqs = openSqs(dataDir);
      await declareQueue(sqs, 'dead');
      await during(sqs, await declareQueue(sqs, 'jobs', { RedrivePolicy }));
      await sqs.stop();
    }
    const send = async (sqs: SqsService, queue: string) => {
      await sqs.queues.send(queue, 'held');
      await sqs.queues.receive(queue, 1, 0);
    };
    const countOf = async (sqs: SqsService, queue: string) =>
      (await sqs.queues.receive(queue, 1, 0))[0]?.receiveCount;

    test('what was held is there at once, and was not tried, however often that happens', async () => {
      const dataDir = temporaryFolder();
      await life(dataDir, send);
      const counts: (number | undefined)[] = [];
      for (let kill = 0; kill < 10; kill++) {
        await life(dataDir, async (sqs, queue) => void counts.push(await countOf(sqs, queue)));
      }

      expect(counts).toEqual(Array(10).fill(1));
    });

    test('what the function had failed on counts, and stays hidden', async () => {
      const dataDir = temporaryFolder();
      await life(dataDir, async (sqs, queue) => {
        await sqs.queues.send(queue, 'bad');
        const [message] = await sqs.queues.receive(queue, 1, 0);
        sqs.queues.fail(queue, [message!.receiptHandle]);
      });
      await life(dataDir, async (sqs, queue) => {
        expect(await sqs.queues.receive(queue, 1, 0)).toEqual([]);
      });
      expect(messagesIn(dataDir)).toEqual([{ queue: 'jobs', receives: 1, local: 0 }]);
    });

    test('the handle of an earlier receive has said nothing about the message', async () => {
      const dataDir = temporaryFolder();
      await life(dataDir, async (sqs) => {
        const queue = await declareQueue(sqs, 'again', { VisibilityTimeout: 0 });
        await sqs.queues.send(queue, 'held');
        const [first] = await sqs.queues.receive(queue, 1, 0);
        const [second] = await sqs.queues.receive(queue, 1, PATIENCE_MS);
        await sqs.queues.delete(queue, [first!.receiptHandle]);
        sqs.queues.fail(queue, [first!.receiptHandle]);
        expect(messagesIn(dataDir)).toEqual([{ queue: 'again', receives: 2, local: 1 }]);

        sqs.queues.fail(queue, [second!.receiptHandle]);
        expect(messagesIn(dataDir)).toEqual([{ queue: 'again', receives: 2, local: 0 }]);
        await sqs.queues.delete(queue, [second!.receiptHandle]);
        expect(messagesIn(dataDir)).toEqual([]);
      });
    });

    test('what ended the process a hundred times counts, and becomes a dead letter', async () => {
      const dataDir = temporaryFolder();
      await life(dataDir, send);
      const database = new DatabaseSync(join(dataDir, 'sqs.db'));
      database.exec('UPDATE messages SET cut_off = 98');
      database.close();
      const counts: (number | undefined)[] = [];
      for (let kill = 99; kill <= 102; kill++) {
        await life(dataDir, async (sqs, queue) => void counts.push(await countOf(sqs, queue)));
      }

      expect(counts).toEqual([1, 1, 2, undefined]);
      expect(messagesIn(dataDir)).toEqual([{ queue: 'dead', receives: 0, local: 0 }]);
    });

    test('messages of an earlier release are there', async () => {
      const dataDir = temporaryFolder();
      await life(dataDir, send);
      const database = new DatabaseSync(join(dataDir, 'sqs.db'));
      database.exec('ALTER TABLE messages DROP COLUMN cut_off; DROP INDEX by_group');
      database.exec('ALTER TABLE messages DROP COLUMN message_group');
      database.close();

      await life(dataDir, async (sqs, queue) => expect(await countOf(sqs, queue)).toBe(1));
    });

    function messagesIn(dataDir: string) {
      const database = new DatabaseSync(join(dataDir, 'sqs.db'), { readOnly: true });
      try {
        const rows = database.prepare('SELECT queue, receives, local FROM messages').all();
        return rows.map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    }
  });

  test('delays messages as the queue says', async () => {
    const sqs = openSqs(temporaryFolder());
    const queue = await declareQueue(sqs, 'late', { DelaySeconds: 1 });
    // The second does not begin to pass before it was looked at.
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await sqs.queues.send(queue, 'later');
    vi.advanceTimersByTime(999);
    expect(await sqs.queues.receive(queue, 1, 0)).toEqual([]);
    vi.useRealTimers();

    const [message] = await sqs.queues.receive(queue, 1, PATIENCE_MS);

    expect(message?.body).toBe('later');
  });

  test('ends long polls when it stops', async () => {
    const sqs = openSqs(temporaryFolder());
    const queue = await declareQueue(sqs, 'jobs');

    const waiting = sqs.queues.receive(queue, 1, 20_000);
    await sqs.stop();

    expect(await waiting).toEqual([]);
  });

  test.each([
    ['a setting out of range', { VisibilityTimeout: 43_201 }, /q: VisibilityTimeout/],
    ['a FIFO queue', { QueueName: 'q.fifo' }, /FIFO/],
    [
      'unknown dead letters',
      { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:::none', maxReceiveCount: 1 } },
      /q: .*none/,
    ],
  ])('refuses %s by the logical id', async (_what, properties, message) => {
    const sqs = openSqs(temporaryFolder());

    await expect(declareQueue(sqs, 'q', properties)).rejects.toThrow(message);
  });
});
