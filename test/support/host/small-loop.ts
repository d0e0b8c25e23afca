import { setTimeout as pause } from 'node:timers/promises';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { TestHost } from '../host.ts';
import { PATIENCE_MS } from '../patience.ts';
import { LOCAL_CLIENT, putTrainingData, trainingPipeline } from '../training-data.ts';

/** Pipeline, model and endpoint of the small loop all have this name. */
export const LOOP = 'small';

const DAY_MS = 86_400_000;

interface LoopOptions {
  /** Rows to train on. */
  readonly rows?: number;
  readonly trees?: number;
  /** Days between two trainings that drift asks for. */
  readonly cooldown?: string;
}

/** How the versions of the small loop are judged. */
export const smallPolicy = {
  validation: {
    mode: 'enabled',
    evaluation_data: {
      path: 'run:/evaluation/holdout.parquet',
      format: 'parquet',
      label: 'late',
    },
    thresholds: [{ metric: 'roc_auc', min: 0.55 }],
  },
  promotion: {
    mode: 'auto',
    metric: 'roc_auc',
    test: 'delong',
    rule: 'superior',
    baseline: { metric: 'roc_auc', min: 0.55 },
  },
};

/** The whole loop at small scale: a pipeline, a policy that acts, and an endpoint that is watched. */
export async function defineLoop(host: TestHost, options: LoopOptions = {}): Promise<void> {
  const { rows = 2000, trees = 5, cooldown = 'P30D' } = options;
  const bucket = await putTrainingData(host.awsUrl, rows);
  await host.ok('PUT', `/api/slipway/v1/models/${LOOP}/policy`, {
    ...smallPolicy,
    retraining: {
      pipeline: LOOP,
      when: [{ metric: 'psi', column: '*', above: 0.2, k: 1, n: 1 }],
      cooldown,
      max_per_month: 100,
    },
  });
  const training = { hyperparameters: { trees } };
  const pipeline = trainingPipeline(bucket, { model: LOOP, training });
  // A window's end may lie far from the data: everything is trained on, whatever the parameter says.
  await host.ok('PUT', `/api/slipway/v1/pipelines/${LOOP}`, {
    ...pipeline,
    data: { ...pipeline.data, trailing: 'P3650D', holdout: undefined },
  });
  await host.ok('POST', '/api/2.0/serving-endpoints', {
    name: LOOP,
    config: {
      served_entities: [{ name: 'main', entity_name: LOOP, entity_version: '@champion' }],
      monitor: { timestamp_column: 'at', granularity: 'P1D', label_lateness: 'PT0S' },
    },
  });
}

/** Trains a version and waits until it is judged; answers its number. */
export async function trainVersion(host: TestHost, reason: string): Promise<string> {
  const path = `/api/slipway/v1/pipelines/${LOOP}/executions`;
  const { body } = await host.call('POST', path, { reason });
  const done = await host.waitFor('PipelineSucceeded', { execution_id: body.id });
  const version = String(done.data.version);
  await host.waitFor('PromotionDecided', { challenger: version });
  return version;
}

/** Requests of one day, counted from 2026-02-01; `shift` moves their inputs away from the training's. */
export function dayOfRequests(day: number, shift = 0, rows = 1000) {
  const at = new Date(Date.UTC(2026, 1, 1) + day * DAY_MS + DAY_MS / 2).toISOString();
  const dataframe_records = Array.from({ length: rows }, (_, i) => ({
    at,
    x: i / rows + shift,
    colour: i % 2 ? 'red' : 'blue',
  }));
  return { client_request_id: `day-${day}`, dataframe_records };
}

export const invokeLoop = (host: TestHost, body: object) =>
  host.call('POST', `/serving-endpoints/${LOOP}/invocations`, body);

/** What is still on its way inside the host, as its own APIs tell. */
export class InFlight {
  private readonly sqs: SQSClient;
  private readonly states: SFNClient;
  private readonly host: TestHost;

  constructor(host: TestHost) {
    const client = { ...LOCAL_CLIENT, endpoint: host.awsUrl };
    this.sqs = new SQSClient(client);
    this.states = new SFNClient(client);
    this.host = host;
  }

  /** Messages of every queue, by the queue's name; dead letters, too. */
  async messages(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    for (const QueueUrl of QueueUrls) {
      const { Attributes = {} } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      const count = Object.entries(Attributes)
        .filter(([name]) => name.startsWith('ApproximateNumberOfMessages'))
        .reduce((sum, [, value]) => sum + Number(value), 0);
      if (count > 0) found.set(QueueUrl.split('/').at(-1) ?? '', count);
    }
    return found;
  }

  /** Executions with the status, of every state machine. */
  async executions(statusFilter: 'RUNNING' | 'FAILED' | 'SUCCEEDED'): Promise<string[]> {
    const names: string[] = [];
    const { stateMachines = [] } = await this.states.send(new ListStateMachinesCommand({}));
    for (const { stateMachineArn } of stateMachines) {
      for (let nextToken: string | undefined; ; ) {
        const page = await this.states.send(
          new ListExecutionsCommand({ stateMachineArn, statusFilter, nextToken }),
        );
        names.push(...(page.executions ?? []).map(({ name }) => name ?? ''));
        nextToken = page.nextToken;
        if (!nextToken) break;
      }
    }
    return names;
  }

  /** Waits until nothing is on its way and no event has come for half a second. */
  async settled(timeoutMs = PATIENCE_MS): Promise<void> {
    let before = -1;
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await pause(250)) {
      const [messages, running] = [await this.messages(), await this.executions('RUNNING')];
      const waiting = [...messages.keys()].filter((queue) => !queue.endsWith('-dead'));
      const events = (await this.host.events()).length;
      if (waiting.length === 0 && running.length === 0 && events === before) return;
      before = events;
    }
    const [messages, running] = [await this.messages(), await this.executions('RUNNING')];
    const left = JSON.stringify({ messages: [...messages], running });
    throw new Error(`The host does not come to rest: ${left}`);
  }

  close(): void {
    this.sqs.destroy();
    this.states.destroy();
  }
}
