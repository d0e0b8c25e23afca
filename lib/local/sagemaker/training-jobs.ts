import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { arn } from '../shared/arn.ts';
import { AwsError } from '../shared/aws-error.ts';
import { Container, type Outcome } from './container.ts';
import type { Job, JobStatus, JobStore } from './job-store.ts';
import { parseTrainingRequest } from './training-request.ts';

export interface TrainingOptions {
  readonly dataDir: string;
  readonly download: (uri: string, folder: string) => Promise<void>;
  readonly upload: (file: string, uri: string) => Promise<void>;
  /** Build folder of a training image, by its URI. */
  readonly imageFolder: (uri: string) => string;
  readonly emit: (detailType: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** Starts, follows and stops training jobs. */
export class TrainingJobs {
  private readonly options: TrainingOptions;
  private readonly store: JobStore;
  private readonly ends = new EventEmitter().setMaxListeners(0);
  private readonly running = new Map<string, { container: Container; done: Promise<void> }>();
  private suspended = false;

  constructor(options: TrainingOptions, store: JobStore) {
    this.options = options;
    this.store = store;
  }

  /** Jobs that a dead process left in progress start over under their names. */
  resume(): void {
    for (const status of ['InProgress', 'Stopping'] as const) {
      for (const job of this.store.list(status)) {
        if (status === 'Stopping') this.finish(job, { kind: 'stopped' });
        else this.launch(job);
      }
    }
  }

  async suspend(): Promise<void> {
    this.suspended = true;
    const all = [...this.running.values()];
    for (const { container } of all) container.stop();
    await Promise.all(all.map(({ done }) => done));
  }

  async create(request: unknown, owner: string): Promise<{ readonly TrainingJobArn: string }> {
    const input = request as Readonly<Record<string, unknown>>;
    const { name } = parseTrainingRequest(input);
    const TrainingJobArn = arn('sagemaker', `training-job/${name}`);
    const existing = this.store.get(name);
    if (existing && owner !== '' && existing.owner === owner) return { TrainingJobArn };
    if (existing) {
      throw new AwsError(
        'ResourceInUse',
        `Training job names must be unique: ${name} exists already`,
      );
    }
    const job: Job = { name, owner, request: input, status: 'InProgress', created: Date.now() };
    this.store.put(job);
    this.launch(job);
    return { TrainingJobArn };
  }

  async ended(name: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    for (;;) {
      signal.throwIfAborted();
      const job = this.get(name);
      if (job.ended !== undefined) return this.describe(name);
      await once(this.ends, name, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async stop(name: string): Promise<void> {
    const job = this.get(name);
    if (job.ended !== undefined) return;
    this.store.put({ ...job, status: 'Stopping' });
    this.running.get(name)?.container.stop();
  }

  list(): Job[] {
    return this.store.list();
  }

  describe(name: string): Record<string, unknown> {
    const job = this.get(name);
    const { request, status, failureReason, modelUri, created, ended } = job;
    return {
      ...request,
      TrainingJobArn: arn('sagemaker', `training-job/${name}`),
      TrainingJobStatus: status,
      SecondaryStatus: status === 'InProgress' ? 'Training' : status,
      CreationTime: created / 1000,
      ...(ended && { TrainingEndTime: ended / 1000 }),
      ...(failureReason && { FailureReason: failureReason }),
      ...(modelUri && { ModelArtifacts: { S3ModelArtifacts: modelUri } }),
    };
  }

  private get(name: string): Job {
    const job = this.store.get(name);
    if (!job) throw new AwsError('ValidationException', `Requested resource not found: ${name}`);
    return job;
  }

  private launch(job: Job): void {
    const request = parseTrainingRequest(job.request);
    const root = join(this.options.dataDir, 'sagemaker', job.name);
    const container = new Container(request, root);
    const done = this.execute(job, container, root)
      .catch((error: unknown): Outcome => {
        const reason = error instanceof Error ? error.message : String(error);
        return { kind: 'failed', reason: `ClientError: ${reason}` };
      })
      .then((outcome) => {
        this.running.delete(job.name);
        // A job that ended because this process ends is to run again, not to be called stopped.
        if (!(this.suspended && outcome.kind === 'stopped'))
          this.finish(this.get(job.name), outcome);
      });
    this.running.set(job.name, { container, done });
  }

  private async execute(job: Job, container: Container, root: string): Promise<Outcome> {
    const request = parseTrainingRequest(job.request);
    await container.prepare(this.options.download);
    const log = join(this.options.dataDir, 'logs/training', `${job.name}.log`);
    const outcome = await container.run(this.options.imageFolder(request.image), log);
    const model = join(root, 'model');
    if (outcome.kind !== 'completed' || readdirSync(model).length === 0) return outcome;
    const archive = join(root, 'model.tar.gz');
    await promisify(execFile)('tar', ['-czf', archive, '-C', model, '.']);
    await this.options.upload(archive, modelUri(request.outputUri, job.name));
    return outcome;
  }

  private finish(job: Job, outcome: Outcome): void {
    const status: JobStatus = { completed: 'Completed', failed: 'Failed', stopped: 'Stopped' }[
      outcome.kind
    ] as JobStatus;
    const { outputUri } = parseTrainingRequest(job.request);
    this.store.put({
      ...job,
      status,
      ended: Date.now(),
      ...(outcome.kind === 'failed' && { failureReason: outcome.reason }),
      ...(outcome.kind === 'completed' && { modelUri: modelUri(outputUri, job.name) }),
    });
    this.options.emit('SageMaker Training Job State Change', this.describe(job.name));
    this.ends.emit(job.name);
  }
}

const modelUri = (outputUri: string, name: string) => `${outputUri}/${name}/output/model.tar.gz`;
