import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { HostAddress } from '../address-file.ts';
import { awsClientConfig } from './aws-client.ts';
import { operatorOptions, runningHost } from './operator-options.ts';
import { megabytes, print, tableLines } from './print.ts';

/** `slipway status`: exit status 1 when the host does not answer. */
export async function status(args: readonly string[]): Promise<number> {
  const { values } = operatorOptions(args, {});
  const host = runningHost(values['data-dir']);
  const dataDir = resolve(values['data-dir']);
  const healthy = await answers(host);
  const found = {
    ...host,
    healthy,
    data_dir: dataDir,
    data_bytes: bytesIn(dataDir),
    queues: healthy ? await queues(host) : [],
    state_machines: healthy ? await stateMachines(host) : [],
  };
  print(values.json, found, () => [
    `Slipway ${host.environment}, process ${host.pid}, since ${host.since}`,
    ...tableLines([
      ['public API', host.url, found.healthy ? 'healthy' : 'does not answer'],
      ['AWS APIs', host.aws_url],
      ['data', found.data_dir, megabytes(found.data_bytes)],
    ]),
    ...(found.healthy
      ? ['', ...queueLines(found.queues), '', ...machineLines(found.state_machines)]
      : []),
  ]);
  return found.healthy ? 0 : 1;
}

type Queues = Awaited<ReturnType<typeof queues>>;

/** Only queues that hold something: there are dozens. */
export function queueLines(all: Queues): string[] {
  const busy = all.filter(({ waiting, in_work, delayed }) => waiting + in_work + delayed > 0);
  if (busy.length === 0) return [`no message in any of ${all.length} queues`];
  return tableLines([
    ['queue', 'waiting', 'in work', 'delayed'],
    ...busy.map((q) => [q.name, String(q.waiting), String(q.in_work), String(q.delayed)]),
  ]);
}

const machineLines = (machines: Awaited<ReturnType<typeof stateMachines>>) =>
  tableLines([
    ['state machine', 'running'],
    ...machines.map(({ name, running }) => [name, String(running)]),
  ]);

async function answers({ url }: HostAddress): Promise<boolean> {
  const response = await fetch(`${url}/health`).catch(() => undefined);
  return response?.ok ?? false;
}

async function queues(host: HostAddress) {
  const sqs = new SQSClient(awsClientConfig(host));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return Promise.all(
    QueueUrls.map(async (QueueUrl) => {
      const request = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
      const { Attributes = {} } = await sqs.send(request);
      return {
        name: QueueUrl.split('/').at(-1) ?? QueueUrl,
        waiting: Number(Attributes.ApproximateNumberOfMessages),
        in_work: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
      };
    }),
  );
}

async function stateMachines(host: HostAddress) {
  const sfn = new SFNClient(awsClientConfig(host));
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
  return Promise.all(
    stateMachines.map(async ({ name = '', stateMachineArn }) => {
      const running = { stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 } as const;
      const { executions = [] } = await sfn.send(new ListExecutionsCommand(running));
      return { name, running: executions.length };
    }),
  );
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false }))
    .reduce((sum, found) => sum + (found?.size ?? 0), 0);
}
