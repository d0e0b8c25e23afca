import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../shared/message-of.ts';
import { type Program, startProgram } from '../shared/program.ts';
import { archive } from './archive.ts';
import { bringCheckpoints, storeCheckpoints } from './checkpoints.ts';
import { environmentOf, layOut, programOf } from './container.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { outputUri, type SecondaryStatus, type TrainingJob } from './training-job.ts';

export interface RunJobOptions {
  /** Stands for /opt/ml. */
  readonly root: string;
  readonly log: string;
  readonly addresses: OwnAddresses;
  /** Folder of the image. Throws when it is not there any more. */
  readonly image: () => string;
  readonly download: (uri: string, folder: string) => Promise<void>;
  readonly upload: (file: string, uri: string) => Promise<void>;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly graceMs: number;
  readonly onPhase: (phase: 'Downloading' | 'Training' | 'Uploading') => void;
  /** Aborted when somebody stops the job. */
  readonly stop: AbortSignal;
  /** Aborted when the spot instance is taken away. */
  readonly interrupt: AbortSignal;
  /** Aborted when the host stops: the program is ended at once, and the job starts over later. */
  readonly suspend: AbortSignal;
}

export interface JobResult {
  readonly status: 'Completed' | 'Failed' | 'Stopped';
  readonly secondary: SecondaryStatus;
  readonly failureReason?: string;
}

const STOPPED: JobResult = { status: 'Stopped', secondary: 'Stopped' };

/**
 * Runs a training job as SageMaker runs its container. Rejects only when `suspend` is aborted; resolves to
 * `interrupted` when the job lost its instance and has to start over.
 */
export async function runJob(
  job: TrainingJob,
  options: RunJobOptions,
): Promise<JobResult | 'interrupted'> {
  const { root, suspend, stop } = options;
  if (stop.aborted) return STOPPED;
  try {
    options.onPhase('Downloading');
    await layOut(root, job);
    await bringCheckpoints(job, options);
    await downloadInputs(job, options);
  } catch (error) {
    suspend.throwIfAborted();
    return failed(`ClientError: Data download failed: ${messageOf(error)}`);
  }
  suspend.throwIfAborted();
  if (stop.aborted) return STOPPED;
  const ending = await train(job, options);
  suspend.throwIfAborted();
  try {
    if (ending === 'interrupted') {
      await loseInstance(job, options);
      return ending;
    }
    options.onPhase('Uploading');
    await uploadResults(job, root, options.upload);
    await storeCheckpoints(job, options);
  } catch (error) {
    suspend.throwIfAborted();
    return failed(`InternalServerError: Upload of the results failed: ${messageOf(error)}`);
  }
  suspend.throwIfAborted();
  return ending;
}

async function downloadInputs(job: TrainingJob, { root, download }: RunJobOptions): Promise<void> {
  for (const { ChannelName: name, DataSource: source } of job.request.InputDataConfig) {
    const folder = join(root, 'input/data', name);
    await mkdir(folder, { recursive: true });
    await download(source.S3DataSource.S3Uri, folder);
  }
}

/**
 * What the next instance has is what was stored: checkpoints, if they are.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
 */
async function loseInstance(job: TrainingJob, options: RunJobOptions): Promise<void> {
  await storeCheckpoints(job, options);
  await rm(join(options.root, 'checkpoints'), { recursive: true, force: true });
}

/** Runs the program to its end, its time limit, the stop of the job or the loss of its instance. */
async function train(job: TrainingJob, options: RunJobOptions): Promise<JobResult | 'interrupted'> {
  const { root, log, graceMs, stop, interrupt, suspend } = options;
  options.onPhase('Training');
  let program: Program;
  try {
    await mkdir(dirname(log), { recursive: true });
    await appendFile(log, `--- ${job.name} ${new Date().toISOString()}\n`);
    const image = options.image();
    program = await startProgram({
      command: programOf(image, job.request),
      cwd: image,
      environment: environmentOf(root, job, options.addresses),
      log,
    });
  } catch (error) {
    return failed(`ClientError: ${messageOf(error)}`);
  }
  let tooLong = false;
  const limit = setTimeout(() => {
    tooLong = true;
    program.stop(graceMs);
  }, limitMs(job));
  const onStop = () => program.stop(graceMs);
  const onSuspend = () => program.stop(0);
  for (const signal of [stop, interrupt]) signal.addEventListener('abort', onStop, { once: true });
  suspend.addEventListener('abort', onSuspend, { once: true });
  if (stop.aborted || interrupt.aborted) onStop();
  if (suspend.aborted) onSuspend();
  const code = await program.exit;
  clearTimeout(limit);
  for (const signal of [stop, interrupt]) signal.removeEventListener('abort', onStop);
  suspend.removeEventListener('abort', onSuspend);
  if (stop.aborted) return STOPPED;
  if (interrupt.aborted) return 'interrupted';
  if (tooLong) return { status: 'Stopped', secondary: 'MaxRuntimeExceeded' };
  if (code === 0) return { status: 'Completed', secondary: 'Completed' };
  const reason = await readFile(join(root, 'output/failure'), 'utf8').catch(() => '');
  return failed(`AlgorithmError: ${reason.trim() || 'see its log'}, exit code: ${code}`);
}

/** setTimeout knows no longer delay than 24.8 days. */
function limitMs({ request }: TrainingJob): number {
  return Math.min(request.StoppingCondition.MaxRuntimeInSeconds * 1000, 2 ** 31 - 1);
}

/** Whatever was written is stored, also of a job that failed or was stopped. */
async function uploadResults(
  job: TrainingJob,
  root: string,
  upload: RunJobOptions['upload'],
): Promise<void> {
  for (const [folder, name] of [
    ['model', 'model.tar.gz'],
    ['output/data', 'output.tar.gz'],
  ] as const) {
    const file = join(root, name);
    if (await archive(join(root, folder), file)) await upload(file, `${outputUri(job)}/${name}`);
  }
}

function failed(failureReason: string): JobResult {
  return { status: 'Failed', secondary: 'Failed', failureReason };
}
