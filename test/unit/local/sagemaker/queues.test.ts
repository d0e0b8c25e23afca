import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointAsyncCommand,
  type InvokeEndpointAsyncInput,
  InvokeEndpointCommand,
} from '@aws-sdk/client-sagemaker-runtime';
import { describe, expect, it } from 'vitest';
import { image } from './service.ts';
import { folder, service, startAgain, useService } from './use-service.ts';

useService();

/** Doubles what it is sent; one that is to wait answers when there is a file for it. It leaves many files. */
const PROGRAM = `
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const scratch = process.env.SLIPWAY_ML_ROOT + '/scratch';
mkdirSync(scratch, { recursive: true });
for (let i = 0; i < 1000; i++) writeFileSync(scratch + '/' + i, '');
createServer(async (request, response) => {
  if (request.url === '/ping') return response.end();
  let body = '';
  for await (const chunk of request) body += chunk;
  if (body === 'refuse') return response.writeHead(400).end('no such column');
  const [number, gate] = body.split(' ');
  while (gate && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 10));
  response.end(String(2 * Number(number)));
}).listen(process.env.PORT, '127.0.0.1');
`;

const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/serving';

async function anEndpoint() {
  const { client } = service;
  const PrimaryContainer = { Image: image(folder, 'queue', PROGRAM) };
  await client.send(new CreateModelCommand({ ModelName: 'm', PrimaryContainer, ExecutionRoleArn }));
  await client.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'c',
      ProductionVariants: [
        {
          VariantName: 'v',
          ModelName: 'm',
          InstanceType: 'ml.g5.xlarge',
          InitialInstanceCount: 1,
        },
      ],
      AsyncInferenceConfig: {
        OutputConfig: { S3OutputPath: 's3://b/answers/', S3FailurePath: 's3://b/failures' },
      },
    }),
  );
  await client.send(new CreateEndpointCommand({ EndpointName: 'e', EndpointConfigName: 'c' }));
  await inService(1);
}

async function inService(count: number) {
  const state = async () => {
    const { client } = service;
    const found = await client.send(new DescribeEndpointCommand({ EndpointName: 'e' }));
    return [found.EndpointStatus, found.ProductionVariants?.[0]?.CurrentInstanceCount];
  };
  await expect.poll(state).toEqual(['InService', count]);
}

async function scale(DesiredInstanceCount: number) {
  await service.client.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({
      EndpointName: 'e',
      DesiredWeightsAndCapacities: [{ VariantName: 'v', DesiredInstanceCount }],
    }),
  );
  await inService(DesiredInstanceCount);
}

const path = (uri = '') => join(service.bucket, uri.slice('s3://'.length));

async function ask(body: string, more: Partial<Omit<InvokeEndpointAsyncInput, 'Body'>> = {}) {
  mkdirSync(join(service.bucket, 'b'), { recursive: true });
  const InputLocation = `s3://b/${Math.random().toString(36).slice(2)}`;
  writeFileSync(path(InputLocation), body);
  return service.runtime.send(
    new InvokeEndpointAsyncCommand({ EndpointName: 'e', InputLocation, ...more }),
  );
}

const text = (uri?: string) => (existsSync(path(uri)) ? readFileSync(path(uri), 'utf8') : '');
const becomes = (uri: string | undefined, content: string | RegExp) =>
  expect.poll(() => text(uri)).toMatch(content);
const metric = (name: string) => service.sageMaker.endpoints.metric(name, { EndpointName: 'e' });
const backlog = () => metric('ApproximateBacklogSizePerInstance');
const waiting = () => metric('HasBacklogWithoutCapacity');

/** https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html */
describe('an endpoint with a queue', () => {
  it('writes answers and failures to S3', async () => {
    await anEndpoint();
    const { OutputLocation, FailureLocation, InferenceId } = await ask('21', { InferenceId: 'i' });
    expect(InferenceId).toBe('i');
    expect(OutputLocation).toMatch(/^s3:\/\/b\/answers\/[^/]+\.out$/);
    expect(FailureLocation).toMatch(/^s3:\/\/b\/failures\/[^/]+-error\.out$/);
    await becomes(OutputLocation, /^42$/);
    const refused = await ask('refuse');
    const reason = 'Received client error (400) from primary with message "no such column".';
    await expect.poll(() => text(refused.FailureLocation)).toBe(reason);
    expect(text(refused.OutputLocation)).toBe('');
    await expect.poll(backlog).toBe(0);
  });

  it('has no process without an instance, and answers what waited once there is one', async () => {
    await anEndpoint();
    await scale(0);
    await expect.poll(() => readdirSync(join(folder, 'data/endpoints')).length).toBe(0);
    const taken = await Promise.all(['1', '2', '3'].map((body) => ask(body)));
    expect([waiting(), backlog()]).toEqual([1, undefined]);
    await scale(1);
    for (const [i, { OutputLocation }] of taken.entries()) {
      await becomes(OutputLocation, new RegExp(`^${2 * (i + 1)}$`));
    }
    expect(waiting()).toBe(0);
  });

  it('gets an instance anew while the one before has not quite gone', async () => {
    await anEndpoint();
    for (let i = 0; i < 16; i++) {
      await scale(0);
      await pause(5 * i);
      await scale(1);
    }
    const { OutputLocation } = await ask('21');
    await becomes(OutputLocation, /^42$/);
    expect(readdirSync(join(folder, 'data/endpoints')).length).toBe(1);
  });

  it('loses nothing when the host is killed, neither what waits nor what is being answered', async () => {
    await anEndpoint();
    const gate = join(folder, 'gate');
    const held = await ask(`4 ${gate}`);
    await expect.poll(backlog).toBe(1);
    await service.stop();
    writeFileSync(gate, '');
    await startAgain();
    await becomes(held.OutputLocation, /^8$/);
    await expect.poll(backlog).toBe(0);
  });

  it('lets requests expire', async () => {
    await anEndpoint();
    await scale(0);
    const late = await ask('1', { RequestTTLSeconds: 0 });
    await pause(5);
    await scale(1);
    await becomes(late.FailureLocation, 'expired');
  });

  it('is asked by no other call, and others not by this one', async () => {
    await anEndpoint();
    const direct = new InvokeEndpointCommand({ EndpointName: 'e', Body: Buffer.from('1') });
    await expect(service.runtime.send(direct)).rejects.toThrow('does not support InvokeEndpoint');
  });
});
