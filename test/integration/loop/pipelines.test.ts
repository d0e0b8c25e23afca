import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../lib/build/paths.ts';
import { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';

const host = new TestHost();
const slipway = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'lib/local/cli/launcher.mjs'), ...args]);
let s3: S3Client;
let bucket = '';

/** Rows whose label depends on x, the same in every run. */
function csv(rows: number): string {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const lines = ['x,late'];
  for (let i = 0; i < rows; i++) {
    const x = random();
    lines.push(`${x.toFixed(4)},${random() < 0.2 + 0.6 * x ? 1 : 0}`);
  }
  return `${lines.join('\n')}\n`;
}

const put = (Key: string, Body: string) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

async function define(name: string, over: object = {}): Promise<void> {
  const answer = await host.call('PUT', `/api/slipway/v1/pipelines/${name}`, {
    model: name,
    data: { train: `s3://${bucket}/data/`, label: 'late' },
    training: { hyperparameters: { trees: 5 } },
    ...over,
  });
  expect(answer).toMatchObject({ status: 200 });
}

interface ExecutionView {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

const executionsOf = async (name: string) => {
  const path = `/api/slipway/v1/pipelines/${name}/executions`;
  return (await host.call<{ executions: ExecutionView[] }>('GET', path)).body.executions;
};

beforeAll(async () => {
  await host.start();
  s3 = new S3Client({ ...LOCAL_CLIENT, endpoint: host.awsUrl, forcePathStyle: true });
  bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
  await put('data/1.csv', csv(600));
});
afterAll(() => host.stop());

describe('a pipeline on the host', () => {
  it('starts by schedule, and starts the one that follows it', async () => {
    await define('downstream', {
      triggers: [
        { 'detail-type': ['PipelineSucceeded'], detail: { data: { pipeline: ['upstream'] } } },
      ],
    });
    const soon = new Date(Date.now() + 8000).toISOString().slice(0, 19);
    await define('upstream', { schedule: `at(${soon})` });
    await host.waitFor('PipelineSucceeded', { pipeline: 'downstream' });
    expect(await executionsOf('upstream')).toMatchObject([
      { status: 'SUCCEEDED', started_by: { type: 'schedule', scheduled_time: `${soon}.000Z` } },
    ]);
    expect(await executionsOf('downstream')).toMatchObject([
      { status: 'SUCCEEDED', started_by: { type: 'event', pipelines: ['upstream'] } },
    ]);
  });

  it('starts when data arrives, and not by what it stores itself', async () => {
    await define('arrival', {
      triggers: [
        {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: { bucket: { name: [bucket] } },
        },
      ],
    });
    await put('data/2.csv', csv(600));
    await host.waitFor('PipelineSucceeded', { pipeline: 'arrival' });
    // Whatever the training stored has been announced by now.
    await define('later');
    await host.waitFor('PipelineDefined', { pipeline: 'later' });
    expect(await executionsOf('arrival')).toMatchObject([
      { status: 'SUCCEEDED', started_by: { 'detail-type': 'Object Created', trigger: 0 } },
    ]);
  });

  it('tunes with four trials, through kill -9 in the middle', async () => {
    await define('tuned', {
      training: { hyperparameters: { trees: 400, early_stopping_rounds: 0 } },
      tuning: {
        strategy: 'random',
        trials: 4,
        concurrency: 2,
        metric: 'roc_auc',
        space: { learning_rate: { min: 0.001, max: 0.3, scale: 'log' }, max_leaves: [4, 31] },
      },
    });
    const { body } = await host.call('POST', '/api/slipway/v1/pipelines/tuned/executions', {});
    interface Tuned {
      readonly steps: readonly {
        readonly name: string;
        readonly status: string;
        readonly outputs: { readonly run_id: string; readonly metrics?: { roc_auc: number } };
      }[];
      readonly outputs: { model_version: string; best_trial: { run_id: string; value: number } };
    }
    const get = async () =>
      (await host.call<Tuned>('GET', `/api/slipway/v1/executions/${body.id}`)).body;
    const done = async () =>
      (await get()).steps.filter(({ status }) => status === 'SUCCEEDED').length;
    await expect.poll(done, { interval: 20 }).toBeGreaterThanOrEqual(1);
    await host.kill();
    await host.start();
    await host.waitFor('PipelineSucceeded', { execution_id: body.id });

    const { steps, outputs } = await get();
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      ...[0, 1, 2, 3].map((trial) => `trial-${trial} SUCCEEDED`),
      'register SUCCEEDED',
    ]);
    const values = steps.slice(0, 4).map(({ outputs: of }) => of.metrics?.roc_auc ?? 0);
    expect(outputs.best_trial.value).toBe(Math.max(...values));
    expect(new Set(steps.slice(0, 4).map(({ outputs: of }) => of.run_id)).size).toBe(4);
    const version = await host.call(
      'GET',
      '/api/2.0/mlflow/model-versions/get?name=tuned&version=1',
    );
    expect(version.body.model_version).toMatchObject({ run_id: outputs.best_trial.run_id });
    const registered = (await host.events()).filter(
      ({ type, data }) => type === 'ModelVersionRegistered' && data.model === 'tuned',
    );
    expect(registered).toHaveLength(1);
  });

  it('keeps a schedule that was defined at the moment of kill -9', async () => {
    const soon = new Date(Date.now() + 8000).toISOString().slice(0, 19);
    await define('survivor', { schedule: `at(${soon})` });
    await host.kill();
    await host.start();
    await host.waitFor('PipelineSucceeded', { pipeline: 'survivor' });
    expect(await executionsOf('survivor')).toHaveLength(1);
  });

  it('starts over when its spot instance is taken away, and registers one version', async () => {
    const hyperparameters = { trees: 4000, early_stopping_rounds: 0 };
    await define('spot', { training: { spot: true, hyperparameters } });
    const { body } = await host.call('POST', '/api/slipway/v1/pipelines/spot/executions', {});
    const job = `slipway-${body.id}`;
    const log = join(host.dataDir, 'logs/training', `${job}.log`);
    const printed = () => readFile(log, 'utf8').catch(() => '');
    await expect.poll(printed).toContain('trees=20 ');
    const { stdout } = await slipway('interrupt', job, '--data-dir', host.dataDir);
    expect(stdout).toContain(`${job} lost its instance`);
    const done = await host.waitFor('PipelineSucceeded', { execution_id: body.id });
    expect(done.data.version).toBe('1');
    // The second instance grows no tree of the first again.
    expect(await printed()).toMatch(
      /Stopped by SIGTERM.*goes on after \d\d+ trees of an earlier run.*trees=4000 /s,
    );
    expect((await printed()).match(/trees=20 /g)).toHaveLength(1);
    const late = slipway('interrupt', job, '--data-dir', host.dataDir);
    await expect(late).rejects.toThrow('is not training on a spot instance');
  });

  it('stops its trials within seconds', async () => {
    await define('stopped', {
      training: { hyperparameters: { trees: 10_000, early_stopping_rounds: 0 } },
      tuning: {
        strategy: 'grid',
        concurrency: 2,
        metric: 'roc_auc',
        space: { learning_rate: [0.01, 0.02] },
      },
    });
    const { body } = await host.call('POST', '/api/slipway/v1/pipelines/stopped/executions', {});
    interface Stopped {
      readonly status: string;
      readonly steps: readonly { status: string; outputs: { job: string; run_id: string } }[];
    }
    const get = async () =>
      (await host.call<Stopped>('GET', `/api/slipway/v1/executions/${body.id}`)).body;
    const logOf = (job: string) =>
      readFile(join(host.dataDir, 'logs/training', `${job}.log`), 'utf8').catch(() => '');
    const jobs = async () => (await get()).steps.map(({ outputs }) => outputs.job);
    const train = async () =>
      (await Promise.all((await jobs()).map(logOf))).map((log) => log.includes('trees=20 '));
    await expect.poll(train).toEqual([true, true]);
    const stopped = await host.call('POST', `/api/slipway/v1/executions/${body.id}/stop`);
    expect(stopped).toMatchObject({ status: 200, body: { status: 'STOPPED' } });
    for (const { status, outputs } of (await get()).steps) {
      expect(status).toBe('STOPPED');
      await expect
        .poll(() => logOf(outputs.job))
        .toMatch(/Stopped by SIGTERM; the model of \d+ trees is kept/);
      const run = await host.call('GET', `/api/2.0/mlflow/runs/get?run_id=${outputs.run_id}`);
      expect(run.body.run).toMatchObject({ info: { status: 'KILLED' } });
    }
  });
});
