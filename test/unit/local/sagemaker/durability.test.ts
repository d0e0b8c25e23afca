import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS, TEST_TIMEOUT_MS } from '../../../support/patience.ts';
import { startService as startStepFunctions } from '../stepfunctions/service.ts';
import { aRequest, image, remove, startService, type TestService, testFolder } from './service.ts';

let folder: string;
let service: TestService | undefined;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = testFolder();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await service?.stop();
  service = undefined;
  remove(folder);
});

/** Asks until there is an answer. */
async function eventually<T>(ask: () => T | undefined): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not come about');
}

/** Hangs at its first attempt; at the next one it finds its checkpoint and completes. */
const RESUMABLE = `
import { existsSync, writeFileSync } from 'node:fs';
const root = process.env.SLIPWAY_ML_ROOT;
const checkpoint = root + '/checkpoints/state.json';
if (existsSync(checkpoint)) {
  writeFileSync(root + '/model/model.json', '{}');
} else {
  writeFileSync(checkpoint, '{}');
  console.log('pid=' + process.pid);
  setInterval(() => {}, 1000);
}
`;

function printedPid(): number | undefined {
  const log = join(folder, 'data/logs/training/job-1.log');
  const found = existsSync(log) && /pid=(\d+)/.exec(readFileSync(log, 'utf8'));
  return found ? Number(found[1]) : undefined;
}

function isAlive(pid: number): true | undefined {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return undefined;
  }
}

describe('kill -9 of the host', () => {
  it('ends the program, and the job completes under its name at the next start', async () => {
    const uri = image(folder, 'resumable', RESUMABLE);
    const script = join(import.meta.dirname, 'crash-child.ts');
    child = spawn(process.execPath, [script, folder, uri, 'task-7'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
    const pid = await eventually(printedPid);
    expect(isAlive(pid)).toBe(true);

    child.kill('SIGKILL');

    await eventually(() => (isAlive(pid) ? undefined : true));
    service = await startService(folder);
    // The task that started the job comes back to it; nobody else may.
    await service.sageMaker.jobs.create(aRequest(uri), 'task-7');
    await expect(service.sageMaker.jobs.create(aRequest(uri), 'task-8')).rejects.toMatchObject({
      code: 'ResourceInUse',
    });
    const ended = await service.sageMaker.jobs.ended('job-1', AbortSignal.timeout(PATIENCE_MS));
    expect(ended).toMatchObject({ TrainingJobStatus: 'Completed' });
    expect(existsSync(join(folder, 'bucket/models/out/job-1/output/model.tar.gz'))).toBe(true);
  });
});

describe('a stop of the host', () => {
  it('ends a program at once, even one that ignores SIGTERM', async () => {
    const uri = image(folder, 'deaf', `process.on('SIGTERM', () => {});${RESUMABLE}`);
    // One that waited for it would wait longer than a test may take.
    service = await startService(folder, { graceMs: 2 * TEST_TIMEOUT_MS });
    await service.sageMaker.jobs.create(aRequest(uri), '');
    await eventually(printedPid);
    await service.stop();
    service = await startService(folder);
    const ended = await service.sageMaker.jobs.ended('job-1', AbortSignal.timeout(PATIENCE_MS));
    expect(ended.TrainingJobStatus).toBe('Completed');
  });

  it('lets a job that was being stopped end as Stopped', async () => {
    const uri = image(folder, 'deaf', `process.on('SIGTERM', () => {});${RESUMABLE}`);
    service = await startService(folder, { graceMs: 60_000 });
    await service.sageMaker.jobs.create(aRequest(uri), '');
    await eventually(printedPid);
    await service.sageMaker.jobs.stop('job-1');
    await service.stop();
    service = await startService(folder);
    const ended = await service.sageMaker.jobs.ended('job-1', AbortSignal.timeout(PATIENCE_MS));
    expect(ended.TrainingJobStatus).toBe('Stopped');
  });
});

describe('createTrainingJob.sync', () => {
  const train = (trainingImage: string) => ({
    Train: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sagemaker:createTrainingJob.sync',
      Arguments: aRequest(trainingImage),
      Output: '{% $states.result.ModelArtifacts.S3ModelArtifacts %}',
      Catch: [
        {
          ErrorEquals: ['States.TaskFailed'],
          Next: 'Failed',
          Output: '{% $parse($states.errorOutput.Cause).FailureReason %}',
        },
      ],
      End: true,
    },
    Failed: { Type: 'Fail', Error: 'TrainingFailed', Cause: '{% $states.input %}' },
  });
  const path = 'arn:aws:states:us-east-1:000000000000:execution:m:x';

  /** Runs the machine on this service; answers what its end was announced as. */
  async function run(uri: string) {
    const states = await startStepFunctions({
      dataDir: join(folder, 'data'),
      sageMaker: service!.sageMaker.jobs,
      functions: {},
    });
    const machine = await states.machine('m', train(uri));
    return { states, machine };
  }

  it('answers the description of the job that completed', async () => {
    service = await startService(folder);
    const { states, machine } = await run(image(folder, 'idle', ''));
    await states.startExecution(machine, '{}', 'x');
    const last = await eventually(() => states.events[1]);
    await states.stop();
    expect(last).toEqual({ name: 'x', status: 'SUCCEEDED' });
  });

  it('fails with States.TaskFailed when the job fails', async () => {
    service = await startService(folder);
    const { states, machine } = await run(image(folder, 'bad', 'process.exit(4)'));
    await states.startExecution(machine, '{}', 'x');
    await eventually(() => states.events[1]);
    const description = await states.describe(path);
    await states.stop();
    expect(description).toMatchObject({ status: 'FAILED', error: 'TrainingFailed' });
    expect(description.cause).toContain('exit code: 4');
  });

  it('stops the job when its execution is stopped', async () => {
    service = await startService(folder);
    const { states, machine } = await run(image(folder, 'resumable', RESUMABLE));
    await states.startExecution(machine, '{}', 'x');
    await eventually(printedPid);
    await states.abort(path);
    const ended = await service.sageMaker.jobs.ended('job-1', AbortSignal.timeout(PATIENCE_MS));
    await states.stop();
    expect(ended.TrainingJobStatus).toBe('Stopped');
  });

  it('comes back to its job after a restart of both', async () => {
    const uri = image(folder, 'resumable', RESUMABLE);
    service = await startService(folder);
    const before = await run(uri);
    await before.states.startExecution(before.machine, '{}', 'x');
    await eventually(printedPid);
    await before.states.stop();
    await service.stop();

    service = await startService(folder);
    const { states } = await run(uri);
    await eventually(() => states.events.find(({ status }) => status === 'SUCCEEDED'));
    await states.stop();

    const names = new Set(service.events.map(({ name }) => name));
    expect([...names]).toEqual(['job-1']);
  });
});

describe('a job that was asked for before a restart on another port', () => {
  it('finds the host where it is now', async () => {
    const show = `
import { existsSync, writeFileSync } from 'node:fs';
const root = process.env.SLIPWAY_ML_ROOT;
if (!existsSync(root + '/checkpoints/seen')) {
  writeFileSync(root + '/checkpoints/seen', '');
  setInterval(() => {}, 1000);
} else {
  console.log(process.env.MLFLOW_TRACKING_URI, process.env.OTHER, process.env.UNDER);
}`;
    const uri = image(folder, 'show', show);
    service = await startService(folder, { url: 'http://127.0.0.1:5001' });
    const Environment = {
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:5001',
      OTHER: 'http://127.0.0.1:50010/x',
      UNDER: 'http://127.0.0.1:5001/api',
    };
    await service.sageMaker.jobs.create(aRequest(uri, { Environment }), 'owner');
    const seen = join(service.dataDir, 'sagemaker/job-1/checkpoints/seen');
    await eventually(() => existsSync(seen) || undefined);
    await service.stop();
    for (const port of [5002, 5003]) {
      service = await startService(folder, { url: `http://127.0.0.1:${port}` });
      await service.sageMaker.jobs.ended('job-1', AbortSignal.timeout(PATIENCE_MS));
      // A job that an older definition asks for now is no different.
      const late = aRequest(uri, { TrainingJobName: `late-${port}`, Environment });
      await service.sageMaker.jobs.create(late, 'owner');
      const seenLate = join(service.dataDir, `sagemaker/late-${port}/checkpoints/seen`);
      await eventually(() => existsSync(seenLate) || undefined);
      if (port === 5002) await service.stop();
    }
    const log = readFileSync(join(folder, 'data/logs/training/job-1.log'), 'utf8');
    expect(log).toContain(
      'http://127.0.0.1:5002 http://127.0.0.1:50010/x http://127.0.0.1:5002/api',
    );
    await eventually(() => {
      const text = readFileSync(join(folder, 'data/logs/training/late-5002.log'), 'utf8');
      return text.includes('http://127.0.0.1:5003 http') || undefined;
    });
  });
});
