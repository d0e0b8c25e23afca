import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/aws-server.ts';
import { declareQueue, openSqs } from './sqs-fixture.ts';

describe('createSqs', () => {
  test('moves a message to the dead letters after the last permitted receive', async () => {
    const sqs = openSqs(temporaryFolder());
    const dead = await declareQueue(sqs, 'dead');
    const RedrivePolicy = { deadLetterTargetArn: dead, maxReceiveCount: 2 };
    const jobs = await declareQueue(sqs, 'jobs', { RedrivePolicy });
    await sqs.queues.send(jobs, 'poison', { rule: 'r' });

    const counts: number[] = [];
    for (const _ of [1, 2]) {
      const [message] = await sqs.queues.receive(jobs, 1, 0);
      counts.push(message!.receiveCount);
      sqs.queues.extend(jobs, message!.receiptHandle, 0);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
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

  test('hands out again at the next start what this process held', async () => {
    const dataDir = temporaryFolder();
    const first = openSqs(dataDir);
    const queue = await declareQueue(first, 'jobs');
    await first.queues.send(queue, 'held here');
    await first.queues.receive(queue, 1, 0);
    await first.stop();

    const second = openSqs(dataDir);
    await declareQueue(second, 'jobs');
    const [message] = await second.queues.receive(queue, 1, 0);

    expect(message).toMatchObject({ body: 'held here', receiveCount: 2 });
  });

  test('delays messages as the queue says', async () => {
    const sqs = openSqs(temporaryFolder());
    const queue = await declareQueue(sqs, 'late', { DelaySeconds: 1 });
    await sqs.queues.send(queue, 'later');
    const started = Date.now();

    const early = await sqs.queues.receive(queue, 1, 0);
    const [message] = await sqs.queues.receive(queue, 1, 5000);

    expect(early).toEqual([]);
    expect(message?.body).toBe('later');
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
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
