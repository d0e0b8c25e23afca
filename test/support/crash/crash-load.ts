import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendTaskSuccessCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { TestHost } from '../host.ts';
import { PATIENCE_MS } from '../patience.ts';
import { LOCAL_CLIENT } from '../training-data.ts';
import { CRASH, MACHINE_ARN, QUEUE_ARN } from './crash-assembly.ts';

const MAX_OBJECT_BYTES = 400_000;

/** What somebody was told had been stored, or would happen. */
interface Acknowledged {
  readonly points: Set<string>;
  readonly versions: Set<string>;
  readonly events: Set<string>;
  readonly messages: Set<string>;
  readonly schedules: Set<string>;
  readonly executions: Set<string>;
  readonly answers: Set<string>;
  /** Digest by key. */
  readonly objects: Map<string, string>;
}

/** Callers of everything that a host takes, each going on whatever happens to the host. */
export class CrashLoad {
  readonly acknowledged: Acknowledged = {
    points: new Set(),
    versions: new Set(),
    events: new Set(),
    messages: new Set(),
    schedules: new Set(),
    executions: new Set(),
    answers: new Set(),
    objects: new Map(),
  };
  /** Tokens that were refused though nobody had answered them. */
  readonly deadTokens: string[] = [];
  runId = '';
  readonly s3: S3Client;
  readonly states: SFNClient;
  readonly dynamo: DynamoDBClient;
  bucket = '';
  private readonly host: TestHost;
  private readonly perLife: number;
  private readonly sqs: SQSClient;
  private readonly bus: EventBridgeClient;
  private readonly scheduler: SchedulerClient;
  private readonly tried = new Set<string>();
  private queueUrl = '';
  private loops: Promise<void>[] = [];
  private life = 0;
  private writing = false;
  private answering = false;

  /** `perLife`: requests of each kind between two kills, so that a busy machine can work them off. */
  constructor(host: TestHost, perLife = Number.POSITIVE_INFINITY) {
    this.perLife = perLife;
    // One attempt: a repetition by the SDK would blur what was acknowledged.
    const client = { ...LOCAL_CLIENT, endpoint: host.awsUrl, maxAttempts: 1 };
    this.host = host;
    this.s3 = new S3Client(client);
    this.sqs = new SQSClient(client);
    this.bus = new EventBridgeClient(client);
    this.scheduler = new SchedulerClient(client);
    this.states = new SFNClient(client);
    this.dynamo = new DynamoDBClient(client);
  }

  async start(): Promise<void> {
    const { host } = this;
    const created = await host.call<{ run: { info: { run_id: string } } }>(
      'POST',
      '/api/2.0/mlflow/runs/create',
      { experiment_id: '0' },
    );
    this.runId = created.body.run.info.run_id;
    await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: CRASH });
    this.bucket = (await this.s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
    const queue = await this.sqs.send(new GetQueueUrlCommand({ QueueName: CRASH }));
    this.queueUrl = queue.QueueUrl ?? '';
    this.writing = true;
    this.answering = true;
    this.loops = [
      this.write((i) => this.logPoint('a', i)),
      this.write((i) => this.logPoint('b', i)),
      this.write(() => this.registerVersion()),
      this.write((i) => this.putEvent(i)),
      this.write((i) => this.sendMessage(i)),
      this.write((i) => this.createSchedule(i)),
      this.write((i) => this.startExecution(i)),
      this.write((i) => this.putObject(i)),
      this.answerTokens(),
    ];
  }

  /** The host was started again: there is work for it once more. */
  nextLife(): void {
    this.life += 1;
  }

  /** Waits until every slow kind of work is acknowledged again. */
  async progress(): Promise<void> {
    const { points, versions, objects } = this.acknowledged;
    const slow = [points, versions, objects].map((kind) => ({ kind, before: kind.size }));
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20)) {
      if (slow.every(({ kind, before }) => kind.size > before)) return;
    }
  }

  /** No new work; tokens are answered until `stop`. */
  stopWriting(): void {
    this.writing = false;
  }

  async stop(): Promise<void> {
    this.writing = false;
    this.answering = false;
    await Promise.all(this.loops);
    for (const client of [this.s3, this.sqs, this.bus, this.scheduler, this.states, this.dynamo]) {
      client.destroy();
    }
  }

  private async write(one: (i: number) => Promise<void>): Promise<void> {
    for (let [i, life, done] = [0, this.life, 0]; this.writing; ) {
      if (life !== this.life) [life, done] = [this.life, 0];
      else if (done === this.perLife) {
        await pause(15);
        continue;
      }
      done += 1;
      try {
        await one(i++);
        await pause(15);
      } catch {
        // The host was killed under this request: nothing was acknowledged.
        await pause(30);
      }
    }
  }

  private async logPoint(key: string, i: number): Promise<void> {
    const { status } = await this.host.call('POST', '/api/2.0/mlflow/runs/log-batch', {
      run_id: this.runId,
      metrics: [{ key, value: i, timestamp: i, step: i }],
    });
    if (status === 200) this.acknowledged.points.add(`${key}/${i}`);
  }

  private async registerVersion(): Promise<void> {
    const source = 'mlflow-artifacts:/0/none/artifacts/model';
    const path = '/api/2.0/mlflow/model-versions/create';
    const { status, body } = await this.host.call('POST', path, { name: CRASH, source });
    const version = body.model_version as { version?: string } | undefined;
    if (status === 200) this.acknowledged.versions.add(String(version?.version));
  }

  private async putEvent(i: number): Promise<void> {
    const id = `event:${i}`;
    const Detail = JSON.stringify({ id });
    const Entries = [{ Source: CRASH, DetailType: 'Happened', Detail }];
    const answer = await this.bus.send(new PutEventsCommand({ Entries }));
    if (answer.FailedEntryCount === 0) this.acknowledged.events.add(id);
  }

  private async sendMessage(i: number): Promise<void> {
    const id = `message:${i}`;
    const MessageBody = JSON.stringify({ id });
    await this.sqs.send(new SendMessageCommand({ QueueUrl: this.queueUrl, MessageBody }));
    this.acknowledged.messages.add(id);
  }

  /** One run each, within the next seconds: many fall into the time in which the host is down. */
  private async createSchedule(i: number): Promise<void> {
    const id = `schedule:${i}`;
    const seconds = Math.ceil(Date.now() / 1000 + 1 + Math.random() * 2);
    const at = new Date(seconds * 1000).toISOString().slice(0, 19);
    await this.scheduler.send(
      new CreateScheduleCommand({
        Name: `crash-${i}`,
        ScheduleExpression: `at(${at})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: { Arn: QUEUE_ARN, RoleArn: 'arn:aws:iam::0:role/r', Input: JSON.stringify({ id }) },
      }),
    );
    this.acknowledged.schedules.add(id);
    await pause(60);
  }

  private async startExecution(i: number): Promise<void> {
    const name = `run-${i}`;
    await this.states.send(new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name }));
    this.acknowledged.executions.add(name);
    await pause(60);
  }

  private async putObject(i: number): Promise<void> {
    const Body = randomBytes(Math.ceil(Math.random() * MAX_OBJECT_BYTES));
    const digest = createHash('sha256').update(Body).digest('hex');
    // Every third replaces an object: the old or the new one must be there, whole.
    const Key = `crash/${i % 3 === 2 ? i - 1 : i}/${i % 3 === 0 ? digest : 'same'}`;
    this.tried.add(digest);
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body }));
    this.acknowledged.objects.set(Key, digest);
    await pause(30);
  }

  /** Whether somebody tried to write an object with this digest. */
  wrote(digest: string): boolean {
    return this.tried.has(digest);
  }

  /** Answers each token that was given out, until the answer is acknowledged. */
  private async answerTokens(): Promise<void> {
    const unsure = new Set<string>();
    while (this.answering) {
      await pause(200);
      try {
        for (const token of await this.openTokens()) {
          const wasUnsure = unsure.has(token);
          unsure.add(token);
          const refused = await this.answer(token);
          if (!refused || wasUnsure) this.acknowledged.answers.add(token);
          else this.deadTokens.push(`${refused}: ${token}`);
        }
      } catch {
        // Down again.
      }
    }
  }

  private async openTokens(): Promise<string[]> {
    const tokens: string[] = [];
    const scan = { TableName: CRASH, FilterExpression: 'attribute_exists(execution)' };
    for await (const { Items = [] } of paginateScan({ client: this.dynamo }, scan)) {
      tokens.push(...Items.map(({ pk }) => String(pk?.S).slice('token:'.length)));
    }
    const { answers } = this.acknowledged;
    const dead = new Set(this.deadTokens.map((line) => line.split(': ')[1]));
    return tokens.filter((token) => !answers.has(token) && !dead.has(token));
  }

  /** The name of the refusal, if it was refused; throws when the host is away. */
  private async answer(taskToken: string): Promise<string | undefined> {
    try {
      await this.states.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
      return undefined;
    } catch (error) {
      const { name } = error as Error;
      if (['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(name)) return name;
      throw error;
    }
  }
}
