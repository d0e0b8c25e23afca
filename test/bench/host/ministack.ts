import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ROOT } from '../../../lib/build/paths.ts';
import { freePort } from '../../../lib/local/shared/free-port.ts';
import { LOCAL_CLIENT } from '../../support/training-data.ts';
import type { Figure } from '../figures.ts';
import { BENCH, CHAIN } from './bench-assembly.ts';
import { benchObjects } from './objects.ts';
import { putEventsToTarget, stateMachines } from './services.ts';

const PROGRAM = join(ROOT, '.cache/second-opinion/venv/bin/ministack');
const READY_WITHIN_MS = 60_000;

/** It holds uploads in memory several times over. */
const OBJECT_MB = 256;

/**
 * The figures with those of MiniStack, another local AWS, on this machine; as they are where it is not there
 * (`npm run test:second-opinion` fetches it).
 */
export async function besideMiniStack(figures: readonly Figure[]): Promise<Figure[]> {
  if (!existsSync(PROGRAM)) return [...figures];
  const peer = await measure();
  return figures.map((figure) => {
    const same = peer.find(({ name }) => name === figure.name);
    const value = same?.value ?? same?.p50;
    return value === undefined ? figure : { ...figure, peer: { name: 'MiniStack', value } };
  });
}

async function measure(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-ministack-'));
  const port = await freePort();
  const awsUrl = `http://127.0.0.1:${port}`;
  const child = spawn(PROGRAM, {
    stdio: 'ignore',
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: home,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      AWS_ENDPOINT_URL: awsUrl,
    },
  });
  try {
    await ready(awsUrl);
    await makeResources(awsUrl);
    return [
      await putEventsToTarget({ awsUrl }),
      ...(await stateMachines({ awsUrl })),
      ...(await benchObjects({ awsUrl }, { megabytes: OBJECT_MB, account: 'test' })),
    ];
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(home, { recursive: true, force: true });
  }
}

async function ready(url: string): Promise<void> {
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; ) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('MiniStack did not start');
}

/** What `bench-assembly.ts` declares for the host. */
async function makeResources(endpoint: string): Promise<void> {
  const client = { ...LOCAL_CLIENT, endpoint };
  const [bus, sqs, states] = [
    new EventBridgeClient(client),
    new SQSClient(client),
    new SFNClient(client),
  ];
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BENCH }));
  await sqs.send(new CreateQueueCommand({ QueueName: BENCH }));
  const Arn = `arn:aws:sqs:us-east-1:000000000000:${BENCH}`;
  const EventPattern = JSON.stringify({ source: [BENCH] });
  await bus.send(new PutRuleCommand({ Name: BENCH, EventPattern }));
  await bus.send(new PutTargetsCommand({ Rule: BENCH, Targets: [{ Id: 'queue', Arn }] }));
  for (const type of ['STANDARD', 'EXPRESS'] as const) {
    await states.send(
      new CreateStateMachineCommand({
        name: `${BENCH}-${type.toLowerCase()}`,
        type,
        definition: CHAIN,
        roleArn: 'arn:aws:iam::000000000000:role/r',
      }),
    );
  }
  for (const one of [bus, sqs, states, s3]) one.destroy();
}
