import { existsSync, readFileSync } from 'node:fs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { TestHost } from '../../support/host.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import { type Figure, spread } from '../figures.ts';
import { BENCH, STATES } from './bench-assembly.ts';

const EVENTS = 100;
const VERSIONS = 100;
const EXECUTIONS = 20;
const MACHINE = `arn:aws:states:us-east-1:000000000000:stateMachine:${BENCH}`;

/** From the answer of PutEvents until the target, a queue, gives the event out. */
export async function putEventsToTarget(host: Pick<TestHost, 'awsUrl'>): Promise<Figure> {
  const client = { ...LOCAL_CLIENT, endpoint: host.awsUrl };
  const [bus, sqs] = [new EventBridgeClient(client), new SQSClient(client)];
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: BENCH }));
  const times: number[] = [];
  for (let i = 0; i < EVENTS; i++) {
    const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 });
    const received = sqs.send(receive);
    const Entries = [{ Source: BENCH, DetailType: 'Happened', Detail: '{}' }];
    await bus.send(new PutEventsCommand({ Entries }));
    const sent = performance.now();
    const { Messages = [] } = await received;
    times.push(Math.max(0, performance.now() - sent));
    for (const { ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  bus.destroy();
  sqs.destroy();
  return spread('PutEvents → target', 'ms', times, { limits: [{ of: 'p50', atMost: 20 }] });
}

/** From the time in an event, written with its row, until its consumer is called. */
export async function outboxToConsumer(host: TestHost, notes: string): Promise<Figure> {
  await host.call('POST', '/api/2.0/mlflow/registered-models/create', { name: BENCH });
  const source = 'mlflow-artifacts:/0/none/artifacts/model';
  const create = () =>
    host.call('POST', '/api/2.0/mlflow/model-versions/create', { name: BENCH, source });
  const lines = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []);
  const arrived = async (count: number) => {
    for (const end = Date.now() + 30_000; lines().length < count && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  // The first finds its functions cold, and so would those that come while they start.
  await create();
  await arrived(1);
  for (let i = 0; i < VERSIONS; i++) {
    await create();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  await arrived(VERSIONS + 1);
  return spread('outbox row → consumer', 'ms', lines().slice(1).map(Number), {
    limits: [
      { of: 'p50', atMost: 100 },
      { of: 'p99', atMost: 400 },
    ],
  });
}

/** What a state costs, by the times that the executions themselves report. */
export async function stateMachines(host: Pick<TestHost, 'awsUrl'>): Promise<Figure[]> {
  const states = new SFNClient({ ...LOCAL_CLIENT, endpoint: host.awsUrl, disableHostPrefix: true });
  const perState = (from: Date | undefined, to: Date | undefined) =>
    ((to?.getTime() ?? Number.NaN) - (from?.getTime() ?? Number.NaN)) / STATES;
  const standard: number[] = [];
  const express: number[] = [];
  for (let i = 0; i < EXECUTIONS; i++) {
    const start = new StartExecutionCommand({ stateMachineArn: `${MACHINE}-standard` });
    const { executionArn } = await states.send(start);
    for (;;) {
      const found = await states.send(new DescribeExecutionCommand({ executionArn }));
      if (found.status === 'RUNNING') continue;
      if (found.status !== 'SUCCEEDED') throw new Error(`The execution is ${found.status}`);
      standard.push(perState(found.startDate, found.stopDate));
      break;
    }
    const sync = new StartSyncExecutionCommand({ stateMachineArn: `${MACHINE}-express` });
    const { startDate, stopDate, status, cause } = await states.send(sync);
    if (status !== 'SUCCEEDED') throw new Error(`The execution is ${status}: ${cause}`);
    express.push(perState(startDate, stopDate));
  }
  states.destroy();
  return [
    spread('state of a Standard machine', 'ms', standard, { limits: [{ of: 'p50', atMost: 1 }] }),
    spread('state of an Express machine', 'ms', express, { limits: [{ of: 'p50', atMost: 0.1 }] }),
  ];
}
