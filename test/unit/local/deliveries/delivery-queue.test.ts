import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DeliveryQueue, type Letter } from '../../../../lib/local/deliveries/delivery-queue.ts';
import type { Deliver, Delivery } from '../../../../lib/local/service.ts';
import { AwsError } from '../../../../lib/local/shared/aws-error.ts';
import { openDatabase } from '../../../../lib/local/shared/database.ts';
import { DEAD, QUEUE } from '../eventbridge/eventbridge-fixture.ts';
import { temporaryFolder } from '../support/aws-server.ts';

/** A queue whose deliveries are written down; `answer` may throw in the target's place. */
function aQueue(answer: Deliver) {
  const database = openDatabase(join(temporaryFolder(), 'letters.db'), '');
  const deliveries: Delivery[] = [];
  const queue = new DeliveryQueue(
    database,
    async (delivery) => {
      await answer(delivery);
      deliveries.push(delivery);
    },
    'RULE_ARN',
  );
  onTestFinished(async () => {
    await queue.stop();
    database.close();
  });
  queue.start();
  const left = () => database.prepare('SELECT count(*) AS n FROM deliveries').get()?.n;
  return { queue, deliveries, left };
}

const letter = (payload: string, more: Partial<Letter> = {}): Letter => ({
  targetArn: QUEUE,
  payload,
  executionName: payload,
  origin: 'arn:rule',
  deadLetterArn: DEAD,
  maxRetries: 185,
  maxAgeSeconds: 60,
  ...more,
});

test('a letter that has become too old is given up, however many retries it has left', async () => {
  const { queue, deliveries } = aQueue(async ({ arn }) => {
    if (arn === QUEUE) throw new Error('busy');
  });
  await queue.accept([letter('old', { maxAgeSeconds: 0 })]);
  await expect.poll(() => deliveries).toHaveLength(1);
  expect(deliveries[0]).toMatchObject({
    arn: DEAD,
    attributes: { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: '0' },
  });
});

test('a dead letter that its queue did not take comes again', async () => {
  let refusals = 0;
  const { queue, deliveries } = aQueue(async ({ arn }) => {
    if (arn === QUEUE) throw new AwsError('ResourceNotFoundException', 'gone');
    if (++refusals < 3) throw new Error('full');
  });
  await queue.accept([letter('poison')]);
  await expect.poll(() => deliveries).toMatchObject([{ arn: DEAD, payload: 'poison' }]);
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
test.each([
  ['is not there either', new AwsError('QueueDoesNotExist', 'gone'), {}],
  ['has not taken it for a day', new Error('full'), { maxAgeSeconds: -24 * 3600 }],
])(
  'a letter is given up, and said so, when its dead-letter queue %s',
  async (_what, error, more) => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const tried: string[] = [];
    const { queue, left } = aQueue(async ({ arn }) => {
      tried.push(arn);
      throw arn === QUEUE ? new AwsError('ResourceNotFoundException', 'gone') : error;
    });
    await queue.accept([letter('lost', more)]);
    await expect.poll(left).toBe(0);
    expect(tried).toEqual([QUEUE, DEAD]);
    expect(said).toHaveBeenLastCalledWith(expect.stringContaining('it is given up: lost'));
  },
);

test('a letter that is under way is not sent a second time while others come', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let begun = 0;
  const { queue, deliveries } = aQueue(async ({ payload }) => {
    if (payload !== 'slow') return;
    begun += 1;
    await released;
  });
  await queue.accept([letter('slow')]);
  for (const quick of ['a', 'b', 'c']) {
    await queue.accept([letter(quick)]);
    await expect.poll(() => deliveries.at(-1)?.payload).toBe(quick);
  }
  expect(begun).toBe(1);
  release();
  await expect.poll(() => deliveries).toHaveLength(4);
});

test('takes the group of a letter along, and what an earlier release has left', async () => {
  const file = join(temporaryFolder(), 'letters.db');
  const database = openDatabase(file, '');
  onTestFinished(() => database.close());
  const deliveries: Delivery[] = [];
  const open = () =>
    new DeliveryQueue(database, async (delivery) => void deliveries.push(delivery), 'RULE_ARN');
  await open().accept([letter('earlier')]);
  database.exec('DROP INDEX by_lane; ALTER TABLE deliveries DROP COLUMN message_group');

  const queue = open();
  await queue.accept([letter('now', { group: 'Moved' })]);
  queue.start();
  await expect.poll(() => deliveries.length).toBe(2);
  await queue.stop();

  expect(new Map(deliveries.map(({ payload, group }) => [payload, group]))).toEqual(
    new Map([
      ['earlier', undefined],
      ['now', 'Moved'],
    ]),
  );
});

test('a letter of another kind is not kept back by a flood of one', async () => {
  const { queue, deliveries } = aQueue(async () => {});
  const flood = Array.from({ length: 1000 }, (_, i) => letter(`flood ${i}`, { group: 'flood' }));
  await queue.accept([...flood, letter('other', { group: 'other' }), letter('of the rule')]);
  await expect.poll(() => deliveries.length).toBe(1002);
  const place = (payload: string) => deliveries.findIndex((one) => one.payload === payload);
  expect(place('other')).toBeLessThan(100);
  expect(place('of the rule')).toBeLessThan(100);
  // Within a kind the oldest go first.
  expect(place('flood 0')).toBeLessThan(place('flood 999'));
});

test('letters that wait for their next attempt keep back none of many others', async () => {
  let down = true;
  const { queue, deliveries } = aQueue(async ({ payload }) => {
    if (down && payload.startsWith('down')) throw new Error('busy');
  });
  const lanes = (kind: string) =>
    Array.from({ length: 200 }, (_, i) => letter(`${kind} ${i}`, { origin: `arn:${kind}-${i}` }));
  await queue.accept([...lanes('down'), ...lanes('up')]);
  await expect
    .poll(() => deliveries.filter(({ payload }) => payload.startsWith('up')))
    .toHaveLength(200);
  down = false;
  await expect.poll(() => deliveries).toHaveLength(400);
});
