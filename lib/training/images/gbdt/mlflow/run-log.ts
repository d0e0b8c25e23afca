import { chunksOf } from '../../../../../functions/shared/chunks.ts';
import { MlflowClient, MlflowError } from './mlflow-client.ts';

export interface Metric {
  readonly key: string;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly step: number;
}

export interface DatasetInput {
  readonly context: 'training' | 'evaluation';
  readonly name: string;
  readonly digest: string;
  /** JSON texts, as MLflow stores them. */
  readonly source: string;
  readonly schema: string;
  readonly profile: string;
}

interface Run {
  readonly info: { readonly run_id: string; readonly artifact_uri: string };
}

const MAX_METRICS = 1000;
const MAX_PARAMS = 100;
/** MLflow's limit of a parameter's value, in characters. */
const MAX_PARAM_LENGTH = 6000;

/** A run of the tracking server that training logs to. */
export class RunLog {
  readonly runId: string;
  readonly artifactUri: string;
  private readonly client: MlflowClient;
  /** Whether this program created the run and has to end it. */
  private readonly isOwn: boolean;

  private constructor(client: MlflowClient, { info }: Run, isOwn: boolean) {
    this.client = client;
    this.runId = info.run_id;
    this.artifactUri = info.artifact_uri;
    this.isOwn = isOwn;
  }

  /** The run `MLFLOW_RUN_ID`, or a new one in the experiment `MLFLOW_EXPERIMENT_NAME`. */
  static async open(env: NodeJS.ProcessEnv): Promise<RunLog | undefined> {
    if (!env.MLFLOW_TRACKING_URI) return undefined;
    const client = new MlflowClient(env.MLFLOW_TRACKING_URI, env);
    if (env.MLFLOW_RUN_ID) {
      const { run } = await client.get<{ run: Run }>('runs/get', { run_id: env.MLFLOW_RUN_ID });
      return new RunLog(client, run, false);
    }
    const { run } = await client.post<{ run: Run }>('runs/create', {
      experiment_id: await experimentId(client, env),
      start_time: Date.now(),
      tags: [{ key: 'mlflow.source.name', value: 'slipway.gbdt' }],
    });
    return new RunLog(client, run, true);
  }

  async logParams(params: Readonly<Record<string, string>>): Promise<void> {
    const all = Object.entries(params).map(([key, value]) => ({
      key,
      value: value.slice(0, MAX_PARAM_LENGTH),
    }));
    for (const params of chunksOf(all, MAX_PARAMS)) await this.logBatch({ params });
  }

  async logMetrics(metrics: readonly Metric[]): Promise<void> {
    for (const some of chunksOf(metrics, MAX_METRICS)) await this.logBatch({ metrics: some });
  }

  async logInputs(inputs: readonly DatasetInput[]): Promise<void> {
    const datasets = inputs.map(({ context, ...dataset }) => ({
      tags: [{ key: 'mlflow.data.context', value: context }],
      dataset: { ...dataset, source_type: 'sagemaker_channel' },
    }));
    await this.client.post('runs/log-inputs', { run_id: this.runId, datasets });
  }

  async logModel(modelJson: string): Promise<void> {
    await this.client.post('runs/log-model', { run_id: this.runId, model_json: modelJson });
  }

  upload(path: string, content: Uint8Array | string): Promise<void> {
    return this.client.upload(this.artifactUri, path, Buffer.from(content));
  }

  /** Registers the run's model; a version that this run has registered before is not repeated. */
  async register(
    name: string,
    description: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<string> {
    await this.client.post('registered-models/create', { name }).catch((error: unknown) => {
      if (!(error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error;
    });
    const { model_versions = [] } = await this.client.get<{
      model_versions?: { name: string; version: string }[];
    }>('model-versions/search', { filter: `run_id='${this.runId}'` });
    const registered = model_versions.find((version) => version.name === name);
    if (registered) return registered.version;
    const { model_version } = await this.client.post<{ model_version: { version: string } }>(
      'model-versions/create',
      {
        name,
        source: `${this.artifactUri}/model`,
        run_id: this.runId,
        description,
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      },
    );
    return model_version.version;
  }

  /** Ends a run that this program created; another's run is left to its owner. */
  async finish(status: 'FINISHED' | 'FAILED' | 'KILLED'): Promise<void> {
    if (!this.isOwn) return;
    await this.client.post('runs/update', { run_id: this.runId, status, end_time: Date.now() });
  }

  private async logBatch(batch: object): Promise<void> {
    await this.client.post('runs/log-batch', { run_id: this.runId, ...batch });
  }
}

async function experimentId(client: MlflowClient, env: NodeJS.ProcessEnv): Promise<string> {
  const name = env.MLFLOW_EXPERIMENT_NAME;
  if (!name) return env.MLFLOW_EXPERIMENT_ID ?? '0';
  const find = async () => {
    const path = 'experiments/get-by-name';
    const { experiment } = await client.get<{ experiment: { experiment_id: string } }>(path, {
      experiment_name: name,
    });
    return experiment.experiment_id;
  };
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error;
  }
  try {
    const created = await client.post<{ experiment_id: string }>('experiments/create', { name });
    return created.experiment_id;
  } catch (error) {
    // Another program was faster.
    if (error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS') return find();
    throw error;
  }
}
