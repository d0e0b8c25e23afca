import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/aws-server.ts';
import { declareQueue, openSqs } from './sqs-fixture.ts';

async function aFairQueue() {
  const sqs = openSqs(temporaryFolder());
  const queue = await declareQueue(sqs, 'jobs');
  const send = async (count: number, group?: string) => {
    for (let i = 0; i < count; i++) await sqs.queues.send(queue, `${group}${i}`, { group });
  };
  const receive = async (max: number) =>
    (await sqs.queues.receive(queue, max, 0)).map(({ body }) => body);
  return { send, receive };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html */
describe('message groups', () => {
  test('take turns: what waits of one keeps back no other', async () => {
    const { send, receive } = await aFairQueue();
    await send(30, 'flood');
    await send(2, 'quiet');
    await send(1);
    await send(1, 'a');

    const first = await receive(10);
    expect(first).toHaveLength(10);
    expect(first).toEqual(expect.arrayContaining(['quiet0', 'quiet1', 'undefined0', 'a0']));
    const rest: string[] = [];
    for (let some = await receive(10); some.length > 0; some = await receive(10)) {
      rest.push(...some);
    }
    expect([...first, ...rest].filter((body) => body.startsWith('flood'))).toEqual(
      Array.from({ length: 30 }, (_, i) => `flood${i}`),
    );
  });

  test('all get their turn, also when there are more than one receive takes', async () => {
    const { send, receive } = await aFairQueue();
    for (const group of ['a', 'b', 'c', 'd', 'e']) await send(3, group);
    const rounds: string[] = [];
    for (let i = 0; i < 5; i++) rounds.push(...(await receive(1)));
    expect(rounds.sort()).toEqual(['a0', 'b0', 'c0', 'd0', 'e0']);
    // Those whose messages are all on their way are passed over.
    expect(await receive(10)).toHaveLength(10);
    await send(1, 'c');
    expect(await receive(1)).toEqual(['c0']);
  });
});
