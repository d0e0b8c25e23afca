import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startS3 } from './s3-fixture.ts';

const DAY = 24 * 3600 * 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html */
describe('objects that expire', () => {
  it('are deleted below their prefix once they are old enough, with what they hold', async () => {
    const rule = (Prefix: string, ExpirationInDays: number, Status = 'Enabled') => ({
      Status,
      Prefix,
      ExpirationInDays,
    });
    const Rules = [rule('queue/', 7), rule('kept/', 7, 'Disabled')];
    const lifecycle = { LifecycleConfiguration: { Rules } };
    const first = await startS3({}, lifecycle);
    // More than are deleted in one go, with some that stay among them.
    for (let i = 0; i < 130; i++) await first.put(`queue/${String(i).padStart(3, '0')}`, `${i}`);
    await first.put('kept/1');
    await first.put('other/1');
    await first.stop();
    vi.setSystemTime(Date.now() + 6 * DAY);
    onTestFinished(() => void vi.useRealTimers());
    const second = await startS3({ dataDir: first.dataDir }, lifecycle);
    await second.put('queue/050', 'again');
    await second.stop();
    vi.setSystemTime(Date.now() + 2 * DAY);

    const third = await startS3({ dataDir: first.dataDir }, lifecycle);
    onTestFinished(() => third.close());
    const keys = async () => {
      const { Contents = [] } = await third.client.send(new ListObjectsV2Command({ Bucket: 'b' }));
      return Contents.map(({ Key }) => Key);
    };
    await expect.poll(keys).toEqual(['kept/1', 'other/1', 'queue/050']);
    await expect.poll(() => third.files()).toHaveLength(3);
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    await expect.poll(() => third.told).toHaveLength(129);
    expect(third.told[0]).toMatchObject({
      type: 'Object Deleted',
      detail: {
        object: { key: 'queue/000', sequencer: expect.any(String) },
        requester: 's3.amazonaws.com',
        reason: 'Lifecycle Expiration',
        'deletion-type': 'Permanently Deleted',
      },
    });
  });
});
