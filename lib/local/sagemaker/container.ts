import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { TrainingRequest } from './training-request.ts';

/** SageMaker gives a stopped program two minutes to save its work; here a person is waiting. */
const STOP_GRACE_MS = 10_000;

/** Longest text of a failure that SageMaker reports. */
const MAX_REASON = 1024;

export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped' };

/** The program of a training image as a child process, under SageMaker's contract. */
export class Container {
  private readonly request: TrainingRequest;
  private readonly root: string;
  private child: ChildProcess | undefined;
  private stopping = false;

  constructor(request: TrainingRequest, root: string) {
    this.request = request;
    this.root = root;
  }

  /** Lays out an empty `/opt/ml`. What a killed attempt left, but for its checkpoints, is gone. */
  async prepare(download: (uri: string, folder: string) => Promise<void>): Promise<void> {
    for (const name of ['input', 'model', 'output']) {
      await rm(join(this.root, name), { recursive: true, force: true });
    }
    for (const name of ['input/config', 'model', 'output', 'checkpoints']) {
      mkdirSync(join(this.root, name), { recursive: true });
    }
    const { channels, hyperparameters } = this.request;
    const config = Object.fromEntries(
      channels.map(({ name }) => [
        name,
        { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated' },
      ]),
    );
    await this.writeConfig('hyperparameters.json', hyperparameters);
    await this.writeConfig('inputdataconfig.json', config);
    await this.writeConfig('resourceconfig.json', { current_host: 'algo-1', hosts: ['algo-1'] });
    for (const { name, uri } of channels) {
      await download(uri, join(this.root, 'input/data', name));
    }
  }

  private writeConfig(name: string, content: object): Promise<void> {
    return writeFile(join(this.root, 'input/config', name), JSON.stringify(content));
  }

  /** Runs the image's entry point to its end. */
  async run(imageFolder: string, logFile: string): Promise<Outcome> {
    const [program = '', ...args] = entryPoint(imageFolder);
    mkdirSync(dirname(logFile), { recursive: true });
    const log = createWriteStream(logFile, { flags: 'a' });
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: imageFolder,
      env: { ...this.variables(), ...this.request.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      this.stop();
    }, this.request.maxRuntimeMs);
    const ended = await new Promise<{ code: number | null; error?: Error }>((resolve) => {
      child.once('error', (error) => resolve({ code: null, error }));
      child.once('close', (code) => resolve({ code }));
    });
    clearTimeout(limit);
    log.end();
    if (this.stopping && !timedOut) return { kind: 'stopped' };
    if (timedOut)
      return { kind: 'failed', reason: 'MaxRuntimeExceeded: the job ran longer than allowed' };
    if (ended.code === 0) return { kind: 'completed' };
    const written = await readFile(join(this.root, 'output/failure'), 'utf8').catch(() => '');
    const fallback = ended.error?.message ?? `the program ended with exit code ${ended.code}`;
    return {
      kind: 'failed',
      reason: `AlgorithmError: ${written.trim() || fallback}`.slice(0, MAX_REASON),
    };
  }

  /** SIGTERM, and SIGKILL to who does not listen. */
  stop(): void {
    this.stopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref();
  }

  /** https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md */
  private variables(): Record<string, string> {
    const { channels, hyperparameters, name } = this.request;
    const cpus = String(availableParallelism());
    const own: Record<string, string> = {
      PATH: process.env.PATH ?? '',
      HOME: this.root,
      SLIPWAY_ML_ROOT: this.root,
      TRAINING_JOB_NAME: name,
      SM_MODEL_DIR: join(this.root, 'model'),
      SM_OUTPUT_DIR: join(this.root, 'output'),
      SM_OUTPUT_DATA_DIR: join(this.root, 'output/data'),
      SM_HPS: JSON.stringify(hyperparameters),
      SM_CHANNELS: JSON.stringify(channels.map((channel) => channel.name)),
      SM_NUM_CPUS: cpus,
      SM_NUM_GPUS: '0',
      SM_HOSTS: '["algo-1"]',
      SM_CURRENT_HOST: 'algo-1',
    };
    for (const channel of channels) {
      own[`SM_CHANNEL_${channel.name.toUpperCase()}`] = join(this.root, 'input/data', channel.name);
    }
    for (const [key, value] of Object.entries(hyperparameters)) {
      own[`SM_HP_${key.toUpperCase()}`] = value;
    }
    return own;
  }
}

/** The JSON form of a Dockerfile's ENTRYPOINT: what the container would start. */
function entryPoint(imageFolder: string): string[] {
  const dockerfile = readFileSync(join(imageFolder, 'Dockerfile'), 'utf8');
  const found = /^ENTRYPOINT\s+(\[.*\])\s*$/m.exec(dockerfile)?.[1];
  if (!found) throw new Error(`The Dockerfile in ${imageFolder} has no ENTRYPOINT in JSON form`);
  return JSON.parse(found) as string[];
}
