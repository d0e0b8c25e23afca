import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashAssembly } from '../../support/crash/crash-assembly.ts';
import { finalCounts } from '../../support/crash/crash-count.ts';
import { CrashLoad } from '../../support/crash/crash-load.ts';
import { SmallDisk } from '../../support/crash/small-disk.ts';
import { TestHost } from '../../support/host.ts';

const disk = await SmallDisk.mount(80);
const assembly = crashAssembly();
const host = new TestHost({
  assembly: assembly.write(),
  ...(disk && { dataDir: join(disk.path, 'data'), prefix: disk.enter }),
});

beforeAll(() => host.start());
afterAll(async () => {
  await host.stop();
  assembly.remove();
  disk?.unmount();
});

const createModel = (name: string) =>
  host.call('POST', '/api/2.0/mlflow/registered-models/create', { name });

describe('a full disk', () => {
  it('refuses what cannot be kept, loses nothing, and is over when there is room', async (context) => {
    if (!disk) return context.skip('This machine does not let its user mount a disk');
    const load = new CrashLoad(host);
    await load.start();
    await load.progress();
    disk.fill();
    await pause(6000);

    const refused = await createModel('refused');
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.body).toMatchObject({ message: expect.stringMatching(/\S/) });
    const object = { Bucket: load.bucket, Key: 'refused' };
    const put = load.s3.send(new PutObjectCommand({ ...object, Body: 'x'.repeat(1e6) }));
    await expect(put).rejects.toMatchObject({ name: 'InsufficientStorage' });
    await expect(load.s3.send(new GetObjectCommand(object))).rejects.toThrow();
    // What is there can be read.
    const read = await host.call('GET', `/api/2.0/mlflow/runs/get?run_id=${load.runId}`);
    expect(read.status).toBe(200);

    disk.free();
    await expect.poll(async () => (await createModel('room')).status).toBe(200);
    const before = load.acknowledged.points.size;
    await expect.poll(() => load.acknowledged.points.size).toBeGreaterThan(before);
    load.stopWriting();
    const { counts, effects, objects } = await finalCounts(host, load);
    for (const [kind, { missing, acknowledged }] of Object.entries(counts)) {
      expect(missing, kind).toEqual([]);
      expect(acknowledged, kind).toBeGreaterThan(0);
    }
    expect(objects).toMatchObject({ missing: [], torn: [] });
    expect(effects.total).toBe(effects.rows);
    expect(load.deadTokens).toEqual([]);
    const { body } = await host.call('GET', '/api/2.0/mlflow/registered-models/get?name=refused');
    expect(body).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' });
    await load.stop();
  });
});
