import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AwsError } from '../shared/aws-error.ts';
import type { ImageFolder } from '../shared/dockerfile.ts';
import { unlessAborted } from '../shared/unless-aborted.ts';
import { untilStored } from '../shared/until-stored.ts';
import { requireImage } from './image.ts';
import type { JobStore } from './job-store.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { type JobResult, type RunJobOptions, runJob } from './run-job.ts';
import {
  describeTrainingJob,
  isOver,
  newJob,
  type SecondaryStatus,
  type TrainingJob,
  trainingJobArn,
  withStatus,
} from './training-job.ts';
import { parseTrainingRequest } from './training-request.ts';

/** SageMaker gives a stopped program two minutes to save its work; here a person is waiting. */
const GRACE_MS = 10_000;

export interface TrainingOptions {
  readonly dataDir: string;
  /** Copies the object, or all objects below the prefix, into a folder. */
  readonly download: (uri: string, folder: string) => Promise<void>;
  readonly upload: (file: string, uri: string) => Promise<void>;
  /** Of training images. */
  readonly imageFolder: ImageFolder;
  /** Where jobs find the host's public API, as their requests name it. */
  readonly url: string;
  /** Takes "SageMaker Training Job State Change"; durable when it returns. */
  readonly emit: (
    detailType: string,
    detail: Readonly<Record<string, unknown>>,
    resource: string,
  ) => void;
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly graceMs?: number;
  /** Jobs that run at once, one per core when absent; more wait in `Starting`. */
  readonly concurrency?: number;
}

interface Running {
  readonly stop: AbortController;
  /** Takes away the instance that the job has now. */
  interrupt: () => void;
  readonly done: Promise<void>;
}

/** Starts, follows and stops training jobs; each is durable from its creation to its end. */
export class TrainingJobs {
  private readonly options: TrainingOptions;
  private readonly store: JobStore;
  private readonly addresses: OwnAddresses;
  private readonly running = new Map<string, Running>();
  private suspension = new AbortController();
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(options: TrainingOptions, store: JobStore) {
    this.options = options;
    this.store = store;
    const former = store.rememberAddress(options.url);
    this.addresses = { former, present: options.url };
    this.free = options.concurrency ?? availableParallelism();
  }

  /** Jobs that the last process left behind start over, under their names, from their checkpoints. */
  resume(): void {
    for (const job of this.store.unannounced()) this.announce(job);
    for (const job of this.store.unfinished()) if (!this.running.has(job.name)) this.launch(job);
  }

  /** Whether a program of this name runs, or waits for its turn. */
  isRunning(name: string): boolean {
    return this.running.has(name);
  }

  async suspend(): Promise<void> {
    this.suspension.abort();
    for (const wake of this.waiting.splice(0)) wake();
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  /** Ends every program and forgets every job. */
  async reset(): Promise<void> {
    await this.suspend();
    this.suspension = new AbortController();
    this.store.clear();
    await rm(join(this.options.dataDir, 'sagemaker'), { recursive: true, force: true });
  }

  /**
   * Starts a job. The same owner's repeated start is no second job. Throws `ValidationException`,
   * or `ResourceInUse` when somebody else has a job of that name; an empty owner is nobody's.
   */
  async create(input: unknown, owner: string): Promise<{ readonly TrainingJobArn: string }> {
    const request = parseTrainingRequest(input);
    const name = request.TrainingJobName;
    const existing = this.store.find(name);
    if (existing && (owner === '' || existing.owner !== owner)) {
      throw new AwsError('ResourceInUse', `Training job names must be unique: ${name} exists`);
    }
    if (!existing) {
      requireImage(this.options.imageFolder, request.AlgorithmSpecification.TrainingImage);
      const job = newJob(request, owner, Date.now());
      this.save(job);
      this.launch(job);
    }
    return { TrainingJobArn: trainingJobArn(name) };
  }

  /** Throws `ValidationException` when there is no such job. */
  get(name: string): TrainingJob {
    const job = this.store.find(name);
    if (job) return job;
    throw new AwsError('ValidationException', `Requested resource not found: ${name}`);
  }

  /** Resolves with the description when the job is over; rejects with the signal's reason. */
  async ended(name: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const running = this.running.get(name);
    if (running && !isOver(this.get(name).status)) {
      const suspended = this.suspension.signal;
      await unlessAborted(signal, running.done);
      suspended.throwIfAborted();
    }
    return describeTrainingJob(this.get(name), (milliseconds) => milliseconds);
  }

  /** Asks a job to end; one that is over, or asked already, stays as it is. */
  async stop(name: string): Promise<void> {
    const job = this.get(name);
    if (job.status !== 'InProgress') return;
    this.save(withStatus(job, 'Stopping', 'Stopping', Date.now()));
    this.running.get(name)?.stop.abort();
  }

  /**
   * Takes its spot instance away from a job that trains, as AWS may at any time: the program gets SIGTERM,
   * and the job starts over with the checkpoints that it stores. Throws `ValidationException`.
   */
  interrupt(name: string): void {
    const { request, secondary } = this.get(name);
    if (!request.EnableManagedSpotTraining || secondary !== 'Training') {
      throw new AwsError('ValidationException', `${name} is not training on a spot instance`);
    }
    this.running.get(name)?.interrupt();
  }

  private launch(job: TrainingJob): void {
    const stop = new AbortController();
    if (job.status === 'Stopping') stop.abort();
    const done = this.run(job.name, stop.signal)
      .catch((error) => {
        if (!this.suspension.signal.aborted) console.error(`Training job ${job.name}:`, error);
      })
      .finally(() => this.running.delete(job.name));
    this.running.set(job.name, { stop, done, interrupt: () => undefined });
  }

  private async run(name: string, stop: AbortSignal): Promise<void> {
    const { dataDir, download, upload, imageFolder, graceMs = GRACE_MS } = this.options;
    const job = this.get(name);
    const root = join(dataDir, 'sagemaker', name);
    await this.takePlace();
    try {
      this.suspension.signal.throwIfAborted();
      const { status, secondary, failureReason } = await this.onInstances(job, {
        root,
        log: join(dataDir, 'logs/training', `${name}.log`),
        image: () => requireImage(imageFolder, job.request.AlgorithmSpecification.TrainingImage),
        download,
        upload,
        addresses: this.addresses,
        graceMs,
        onPhase: (phase) => this.enter(name, phase),
        stop,
        suspend: this.suspension.signal,
      });
      // What a completed job wrote is in the bucket; the folder of another may be looked at.
      if (status === 'Completed') await rm(root, { recursive: true, force: true });
      const ended = withStatus(this.get(name), status, secondary, Date.now(), failureReason);
      const what = `The end of training job ${name}`;
      await untilStored(what, () => this.save(ended), this.suspension.signal);
    } finally {
      this.free += 1;
      this.waiting.shift()?.();
    }
  }

  /** Runs a job on one instance after the other, until none is taken away or it waited long enough. */
  private async onInstances(
    job: TrainingJob,
    options: Omit<RunJobOptions, 'interrupt'>,
  ): Promise<JobResult> {
    const { MaxWaitTimeInSeconds: wait = Number.POSITIVE_INFINITY } = job.request.StoppingCondition;
    for (;;) {
      const instance = new AbortController();
      const running = this.running.get(job.name);
      if (running) running.interrupt = () => instance.abort();
      const result = await runJob(job, { ...options, interrupt: instance.signal });
      if (result !== 'interrupted') return result;
      this.enter(job.name, 'Interrupted');
      if (Date.now() - job.created >= wait * 1000) {
        return { status: 'Stopped', secondary: 'MaxWaitTimeExceeded' };
      }
      this.enter(job.name, 'Starting');
    }
  }

  /** A job that is being stopped stays `Stopping` whatever it does. */
  private enter(name: string, phase: SecondaryStatus): void {
    const job = this.get(name);
    if (job.status === 'InProgress') {
      this.save(withStatus(job, 'InProgress', phase, Date.now()));
    }
  }

  private async takePlace(): Promise<void> {
    while (this.free === 0 && !this.suspension.signal.aborted) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.free -= 1;
  }

  private save(job: TrainingJob): void {
    this.store.save(job);
    this.announce(job);
  }

  /** At least once: an event that was not handed over is handed over at the next start. */
  private announce(job: TrainingJob): void {
    const detail = describeTrainingJob(job, (milliseconds) => milliseconds);
    try {
      this.options.emit('SageMaker Training Job State Change', detail, trainingJobArn(job.name));
      this.store.markAnnounced(job);
    } catch (error) {
      console.error(`Status change of training job ${job.name} is not announced:`, error);
    }
  }
}
