import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateMultipartUploadCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { FaultyAssembly } from '../faulty-assembly.ts';
import type { TestHost } from '../host.ts';
import { LOCAL_CLIENT } from '../training-data.ts';

/** Function, table, queues, rule and state machine of the load have this name, or begin with it. */
export const AGE = 'age';

const ARN = (service: string, resource: string) =>
  `arn:aws:${service}:us-east-1:000000000000:${resource}`;

/** Answers, fails when it is asked to, and keeps nothing. */
const WORK = `
  export const handler = async (event) => {
    console.log('x'.repeat(1000));
    if (event.fail) throw new Error('asked to');
    return { statusCode: 200, body: '{}' };
  };`;

/** The product's template with a target for everything that leaves something behind. */
export function ageAssembly(): FaultyAssembly {
  const assembly = new FaultyAssembly();
  assembly.addFunction(AGE, WORK, { route: `GET /${AGE}` });
  assembly.add('AgeTable', 'AWS::DynamoDB::Table', {
    TableName: AGE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  });
  assembly.add('AgeQueue', 'AWS::SQS::Queue', { QueueName: AGE });
  assembly.add('AgeUnread', 'AWS::SQS::Queue', { QueueName: `${AGE}-unread` });
  for (const source of ['AgeQueue.Arn', 'AgeTable.StreamArn']) {
    const stream = source.startsWith('AgeTable');
    assembly.add(`AgeMapping${stream ? 'Stream' : 'Queue'}`, 'AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': source.split('.') },
      FunctionName: { Ref: AGE },
      ...(stream && { StartingPosition: 'TRIM_HORIZON' }),
    });
  }
  assembly.add('AgeRule', 'AWS::Events::Rule', {
    Name: AGE,
    EventPattern: { source: [AGE] },
    Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['AgeQueue', 'Arn'] } }],
  });
  assembly.add('AgeMachine', 'AWS::StepFunctions::StateMachine', {
    StateMachineName: AGE,
    DefinitionString: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Work',
      States: {
        Work: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Arguments: { FunctionName: AGE },
          End: true,
        },
      },
    }),
  });
  return assembly;
}

/** Days by which the host's clock jumps at a time (`moving-clock.ts`). */
export const JUMP_DAYS = 3;

/** What days leave behind: a little of everything, always under the same names where names are chosen. */
export class AgeLoad {
  private readonly host: TestHost;
  private readonly clients;
  private bucket = '';
  private unread = '';
  private jumps = 0;

  constructor(host: TestHost) {
    const client = { ...LOCAL_CLIENT, endpoint: host.awsUrl };
    this.host = host;
    this.clients = {
      bus: new EventBridgeClient(client),
      dynamo: new DynamoDBClient(client),
      lambda: new LambdaClient(client),
      s3: new S3Client(client),
      scheduler: new SchedulerClient(client),
      sqs: new SQSClient(client),
      states: new SFNClient(client),
    };
  }

  async start(): Promise<void> {
    const { s3, sqs } = this.clients;
    this.bucket = (await s3.send(new ListBucketsCommand({}))).Buckets?.[0]?.Name ?? '';
    const unread = await sqs.send(new GetQueueUrlCommand({ QueueName: `${AGE}-unread` }));
    this.unread = unread.QueueUrl ?? '';
  }

  stop(): void {
    for (const client of Object.values(this.clients)) client.destroy();
  }

  /** Lives through the days until the next jump; milliseconds of each request through gateway and function. */
  async live(times: number): Promise<number[]> {
    const latencies: number[] = [];
    for (let i = 0; i < times; i++) {
      const started = performance.now();
      await this.host.call('GET', `/${AGE}`);
      latencies.push(performance.now() - started);
      await this.leaveTraces(i);
    }
    await this.leaveUpload();
    await this.schedule();
    process.kill(this.host.pid, 'SIGUSR2');
    this.jumps += 1;
    // Housekeeping has its turn before the next days.
    await pause(250);
    return latencies;
  }

  private async leaveTraces(i: number): Promise<void> {
    const { bus, dynamo, lambda, s3, sqs, states } = this.clients;
    const expires = { N: String(Math.floor(Date.now() / 1000) + 3600) };
    const text = { S: 'x'.repeat(1000) };
    const Entries = [{ Source: AGE, DetailType: 'Happened', Detail: '{}' }];
    await Promise.all([
      bus.send(new PutEventsCommand({ Entries })),
      dynamo.send(
        new PutItemCommand({
          TableName: AGE,
          Item: { pk: { S: `${this.jumps}/${i}` }, text, expires },
        }),
      ),
      lambda.send(new InvokeCommand({ FunctionName: AGE, InvocationType: 'Event', Payload: '{}' })),
      s3.send(
        new PutObjectCommand({
          Bucket: this.bucket,
          Key: `${AGE}/${i}`,
          Body: text.S + this.jumps,
        }),
      ),
      sqs.send(new SendMessageCommand({ QueueUrl: this.unread, MessageBody: text.S })),
      states.send(
        new StartExecutionCommand({ stateMachineArn: ARN('states', `stateMachine:${AGE}`) }),
      ),
    ]);
  }

  private async leaveUpload(): Promise<void> {
    const target = { Bucket: this.bucket, Key: `${AGE}/upload` };
    const { UploadId } = await this.clients.s3.send(new CreateMultipartUploadCommand(target));
    const part = { ...target, UploadId, PartNumber: 1, Body: 'x'.repeat(50_000) };
    await this.clients.s3.send(new UploadPartCommand(part));
  }

  private async schedule(): Promise<void> {
    const soon = new Date(Date.now() + this.jumps * JUMP_DAYS * 24 * 3600 * 1000 + 1000);
    await this.clients.scheduler.send(
      new CreateScheduleCommand({
        Name: `${AGE}-${this.jumps}`,
        ScheduleExpression: `at(${soon.toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: { Arn: ARN('sqs', AGE), RoleArn: 'arn:aws:iam::0:role/r', Input: '{}' },
      }),
    );
  }
}

/**
 * Bytes of each database, with nothing left in its log, and of the files of objects. Logs of functions are left
 * out: they grow to their limit, whatever the age.
 */
export function sizesOf(dataDir: string): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const entry of readdirSync(dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.db') && entry.name !== 'lock.db') checkpoint(path);
    const [first = '', second = ''] = path.slice(dataDir.length + 1).split('/');
    const part = first === 's3' ? `${first}/${second}` : first;
    if (first === 'logs' || /-(wal|shm|journal)$/.test(part)) continue;
    sizes[part] = (sizes[part] ?? 0) + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  return sizes;
}

/** Bytes of the longest write-ahead log. */
export function longestLog(dataDir: string): number {
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const logs = names.filter((name) => name.endsWith('-wal'));
  return Math.max(...logs.map((name) => statSync(join(dataDir, name)).size));
}

function checkpoint(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE);');
  database.close();
}
