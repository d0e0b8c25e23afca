import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { aRequest, createJob, image, jobEnded, jobPrinted } from './service.ts';
import { folder, service, useService } from './use-service.ts';

useService();

const create = (request: object) => createJob(service, request);
const ended = () => jobEnded(service);
const printed = (text: string) => jobPrinted(service, text);

/** https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html */
describe('a training job on a spot instance', () => {
  const spot = (extra: object = {}) => ({
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 },
    ...extra,
  });
  /** Counts its starts in its checkpoints; the second one completes. */
  const counting = `
    import { existsSync, writeFileSync } from 'node:fs';
    const mark = process.env.SLIPWAY_ML_ROOT + '/checkpoints/first';
    if (existsSync(mark)) process.exit(0);
    writeFileSync(mark, '');
    process.on('SIGTERM', () => { console.log('saved'); process.exit(0); });
    console.log('running');
    setInterval(() => {}, 1000);`;

  it('starts over from its checkpoints when that is taken away', async () => {
    const CheckpointConfig = { S3Uri: 's3://models/checkpoints' };
    await create(aRequest(image(folder, 'count', counting), spot({ CheckpointConfig })));
    await printed('running');
    service.sageMaker.jobs.interrupt('job-1');
    expect(await ended()).toMatchObject({ TrainingJobStatus: 'Completed' });
    await printed('saved');
    expect(service.events.map(({ secondary }) => secondary)).toEqual([
      'Starting',
      'Downloading',
      'Training',
      'Interrupted',
      'Starting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
  });

  it('is interrupted by a call that no state machine can make, for AWS has none', () => {
    expect(service.sageMaker.operations).toContain('StopTrainingJob');
    expect(service.sageMaker.operations).not.toContain('InterruptTrainingJob');
  });

  it('starts from checkpoints that another job stored', async () => {
    mkdirSync(join(service.bucket, 'models/checkpoints'), { recursive: true });
    writeFileSync(join(service.bucket, 'models/checkpoints/first'), '');
    const CheckpointConfig = { S3Uri: 's3://models/checkpoints' };
    await create(aRequest(image(folder, 'count', counting), { CheckpointConfig }));
    expect(await ended()).toMatchObject({ TrainingJobStatus: 'Completed' });
  });

  it('has nothing on its next instance but what was stored', async () => {
    const moving = `
      import { existsSync, writeFileSync } from 'node:fs';
      const mark = process.env.SLIPWAY_ML_ROOT + '/checkpoints/first';
      if (existsSync(mark)) { console.log('again'); } else writeFileSync(mark, '');
      console.log('running');
      process.on('SIGTERM', () => process.exit(0));
      setInterval(() => {}, 1000);`;
    const CheckpointConfig = { S3Uri: 's3://models/checkpoints/' };
    await create(aRequest(image(folder, 'move', moving), spot({ CheckpointConfig })));
    await printed('running');
    service.sageMaker.jobs.interrupt('job-1');
    await printed('again');
    expect(existsSync(join(service.bucket, 'models/checkpoints/first'))).toBe(true);
    await service.sageMaker.jobs.stop('job-1');
    await ended();
  });

  it('finds nothing of what it did not store, and waits for an instance no longer than it may', async () => {
    await create(aRequest(image(folder, 'count', counting), spot()));
    const starts = () =>
      readFileSync(join(service.dataDir, 'logs/training/job-1.log'), 'utf8').match(/running/g);
    await printed('running');
    service.sageMaker.jobs.interrupt('job-1');
    await expect.poll(starts).toHaveLength(2);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    try {
      service.sageMaker.jobs.interrupt('job-1');
      expect(await ended()).toMatchObject({
        TrainingJobStatus: 'Stopped',
        SecondaryStatus: 'MaxWaitTimeExceeded',
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not taken away from a job that has none', async () => {
    await create(
      aRequest(image(folder, 'wait', "console.log('running'); setInterval(() => {}, 1000);")),
    );
    await printed('running');
    expect(() => service.sageMaker.jobs.interrupt('job-1')).toThrow(/not training on a spot/);
    expect(() => service.sageMaker.jobs.interrupt('job-9')).toThrow(/not found: job-9/);
  });
});
