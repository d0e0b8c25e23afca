import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { describe, expect, it } from 'vitest';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { image } from './service.ts';
import { folder, service, startAgain, useService } from './use-service.ts';

useService();

/** Answers with what it was sent, its own name, its process and its model's file. */
const ECHO = `
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const file = process.env.SLIPWAY_ML_ROOT + '/model/MLmodel';
const model = existsSync(file) ? readFileSync(file, 'utf8') : null;
createServer(async (request, response) => {
  if (request.url === '/ping') return response.end();
  let body = '';
  for await (const chunk of request) body += chunk;
  if (body === 'exit') process.exit(3);
  if (body === 'refuse') return response.writeHead(400).end('no such column');
  response.setHeader('content-type', 'application/json');
  const { NAME: name } = process.env;
  response.end(JSON.stringify({ name, body, model, pid: process.pid, args: process.argv.slice(2) }));
}).listen(process.env.PORT, '127.0.0.1');
`;
const DEAF = `console.log('no weights found'); setInterval(() => {}, 1000);`;

const role = 'arn:aws:iam::000000000000:role/serving';
const container = (Image: string, NAME: string) => ({ Image, Environment: { NAME } });

async function model(name: string, Image: string, more: object = {}) {
  const PrimaryContainer = { ...container(Image, name), ...more };
  await service.client.send(
    new CreateModelCommand({ ModelName: name, PrimaryContainer, ExecutionRoleArn: role }),
  );
}

const variant = (name: string, weight = 1) => ({
  VariantName: name,
  ModelName: name,
  InitialInstanceCount: 1,
  InstanceType: 'ml.g5.xlarge' as const,
  InitialVariantWeight: weight,
});

const config = (name: string, ...variants: ReturnType<typeof variant>[]) =>
  service.client.send(
    new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: variants }),
  );

const create = (EndpointConfigName: string) =>
  service.client.send(new CreateEndpointCommand({ EndpointName: 'e', EndpointConfigName }));

const update = (EndpointConfigName: string, RetainAllVariantProperties = false) =>
  service.client.send(
    new UpdateEndpointCommand({
      EndpointName: 'e',
      EndpointConfigName,
      RetainAllVariantProperties,
    }),
  );

const described = () => service.client.send(new DescribeEndpointCommand({ EndpointName: 'e' }));

/** The description once nothing is on its way. */
async function settled() {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const description = await described();
    if (['InService', 'Failed'].includes(String(description.EndpointStatus))) return description;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It is still on its way');
}

async function invoke(body: string, TargetVariant?: string) {
  const answer = await service.runtime.send(
    new InvokeEndpointCommand({
      EndpointName: 'e',
      Body: Buffer.from(body),
      ContentType: 'application/json',
      ...(TargetVariant && { TargetVariant }),
    }),
  );
  const answered = JSON.parse(Buffer.from(answer.Body).toString('utf8')) as {
    name: string;
    body: string;
    model: string | null;
    pid: number;
    args: string[];
  };
  return { ...answered, variant: answer.InvokedProductionVariant };
}

/** An endpoint with the variants `a` (weight 1) and `b` (weight 0) in service. */
async function twoVariants() {
  const uri = image(folder, 'echo', ECHO);
  await model('a', uri);
  await model('b', uri);
  await config('c1', variant('a'), variant('b', 0));
  await create('c1');
  return settled();
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html */
describe('an endpoint', () => {
  it('runs the program of its image with the files of its model, and answers with it', async () => {
    mkdirSync(join(service.bucket, 'models/m'), { recursive: true });
    writeFileSync(join(service.bucket, 'models/m/MLmodel'), 'flavors: {}');
    const S3DataSource = {
      S3Uri: 's3://models/m/',
      S3DataType: 'S3Prefix',
      CompressionType: 'None',
    };
    await model('a', image(folder, 'echo', ECHO), { ModelDataSource: { S3DataSource } });
    await config('c1', variant('a'));

    const { EndpointArn } = await create('c1');
    expect(EndpointArn).toBe('arn:aws:sagemaker:us-east-1:000000000000:endpoint/e');
    expect(await settled()).toMatchObject({
      EndpointName: 'e',
      EndpointConfigName: 'c1',
      EndpointStatus: 'InService',
      ProductionVariants: [{ VariantName: 'a', CurrentWeight: 1, CurrentInstanceCount: 1 }],
    });

    expect(await invoke('{"x":1}')).toMatchObject({
      name: 'a',
      variant: 'a',
      body: '{"x":1}',
      model: 'flavors: {}',
      args: ['serve'],
    });
    expect(service.endpointEvents).toEqual([
      { name: 'e', status: 'CREATING' },
      { name: 'e', status: 'IN_SERVICE' },
    ]);
    expect([...service.eventResources]).toEqual([EndpointArn]);
  });

  it('answers by the weights, and by the variant that the caller names', async () => {
    await twoVariants();
    expect((await invoke('x')).variant).toBe('a');
    expect((await invoke('x', 'b')).variant).toBe('b');
    await service.client.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'e',
        DesiredWeightsAndCapacities: [
          { VariantName: 'a', DesiredWeight: 0 },
          { VariantName: 'b', DesiredWeight: 5 },
        ],
      }),
    );
    const { ProductionVariants: variants } = await settled();
    expect(variants?.map(({ CurrentWeight }) => CurrentWeight)).toEqual([0, 5]);
    expect((await invoke('x')).variant).toBe('b');
    await expect(invoke('x', 'z')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('keeps live weights on an update that says so, and the programs of variants that stay', async () => {
    await twoVariants();
    const { pid } = await invoke('x');
    const weights = [{ VariantName: 'b', DesiredWeight: 3 }];
    await service.client.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'e',
        DesiredWeightsAndCapacities: weights,
      }),
    );
    await settled();
    await model('c', 'repository:echo');
    await config('c2', variant('a'), variant('b', 0), variant('c', 0));
    await update('c2', true);
    const kept = await settled();
    expect(kept.EndpointConfigName).toBe('c2');
    expect(kept.ProductionVariants?.map(({ CurrentWeight }) => CurrentWeight)).toEqual([1, 3, 0]);
    expect((await invoke('x', 'a')).pid).toBe(pid);

    await config('c3', variant('a'), variant('b', 0));
    await update('c3');
    const { ProductionVariants: fresh } = await settled();
    expect(fresh?.map(({ CurrentWeight }) => CurrentWeight)).toEqual([1, 0]);
    await expect(invoke('x', 'c')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('fails with the reason when its program never answers /ping', async () => {
    await service.stop();
    await startAgain({ startupMs: 1500 });
    await model('a', image(folder, 'deaf', DEAF));
    await config('c1', variant('a'));
    await create('c1');
    const { EndpointStatus, FailureReason } = await settled();
    expect(EndpointStatus).toBe('Failed');
    expect(FailureReason).toMatch(
      /variant a .*did not pass the ping health check.*no weights found/,
    );
    await expect(update('c1')).rejects.toThrow('in status Failed');
    await expect(invoke('x')).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('goes back to the configuration before when a new program does not come up', async () => {
    await twoVariants();
    await model('bad', image(folder, 'bad', `console.error('CUDA is missing'); process.exit(4);`));
    await config('c2', variant('a'), variant('bad'));
    await update('c2');
    const back = await settled();
    expect(back).toMatchObject({ EndpointStatus: 'InService', EndpointConfigName: 'c1' });
    expect(back.FailureReason).toMatch(/variant bad .*exit code 4.*CUDA is missing/);
    expect((await invoke('x', 'b')).variant).toBe('b');
    expect(service.endpointEvents.map(({ status }) => status)).toEqual([
      ...['CREATING', 'IN_SERVICE', 'UPDATING', 'ROLLING_BACK', 'IN_SERVICE'],
    ]);
  });

  it('starts a program again that ends, and passes its refusals on', async () => {
    await twoVariants();
    const { pid } = await invoke('x');
    await expect(invoke('refuse')).rejects.toMatchObject({
      name: 'ModelError',
      OriginalStatusCode: 400,
      OriginalMessage: 'no such column',
    });
    await expect(invoke('exit')).rejects.toMatchObject({ name: 'ModelError' });
    await expect.poll(() => invoke('x')).toMatchObject({ name: 'a' });
    expect((await invoke('x')).pid).not.toBe(pid);
  });

  it('is gone with its programs and files when it is deleted', async () => {
    await twoVariants();
    const { pid } = await invoke('x');
    await service.client.send(new DeleteEndpointCommand({ EndpointName: 'e' }));
    await expect(described()).rejects.toThrow('Could not find endpoint');
    await expect.poll(() => alive(pid)).toBe(false);
    await expect
      .poll(() => readdirSync(join(service.dataDir, 'endpoints'), { recursive: true }))
      .toEqual([]);
    expect(service.endpointEvents.at(-1)).toEqual({ name: 'e', status: 'DELETING' });
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a start of the host', () => {
  it('brings back what was in service, without its configuration, models and their files', async () => {
    await twoVariants();
    const { pid } = await invoke('x');
    const { client } = service;
    await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'c1' }));
    await client.send(new DeleteModelCommand({ ModelName: 'a' }));
    await service.stop();
    expect(alive(pid)).toBe(false);
    await startAgain();
    const again = await invoke('x', 'a');
    expect(again).toMatchObject({ name: 'a' });
    expect(again.pid).not.toBe(pid);
    expect(service.endpointEvents).toEqual([]);
  });

  it('goes on with what was on its way', async () => {
    await twoVariants();
    const gate = join(folder, 'gate');
    const waits = `import { existsSync } from 'node:fs';
      while (!existsSync(process.env.GATE)) await new Promise((resolve) => setTimeout(resolve, 10));
      ${ECHO.replaceAll(/^import.*existsSync, /gm, 'import { ')}`;
    await model('late', image(folder, 'late', waits), {
      Environment: { GATE: gate, NAME: 'late' },
    });
    await config('c2', variant('late'));
    await update('c2');
    expect((await described()).EndpointStatus).toBe('Updating');
    await expect(update('c1')).rejects.toThrow('Cannot update in-progress endpoint');
    const deletion = new DeleteEndpointCommand({ EndpointName: 'e' });
    await expect(service.client.send(deletion)).rejects.toThrow('in-progress');
    await service.stop();
    await startAgain();
    expect((await invoke('x', 'a')).name).toBe('a');
    writeFileSync(gate, '');
    expect(await settled()).toMatchObject({ EndpointConfigName: 'c2' });
    expect((await invoke('x')).name).toBe('late');
  });
});

describe('models and configurations', () => {
  it('are described, made once and deleted', async () => {
    const uri = image(folder, 'echo', ECHO);
    await model('a', uri);
    await config('c1', variant('a'));
    const { client } = service;
    const shown = await client.send(new DescribeModelCommand({ ModelName: 'a' }));
    expect(shown).toMatchObject({ ModelName: 'a', PrimaryContainer: container(uri, 'a') });
    expect(shown.CreationTime).toBeInstanceOf(Date);
    const ofConfig = new DescribeEndpointConfigCommand({ EndpointConfigName: 'c1' });
    expect(await client.send(ofConfig)).toMatchObject({ ProductionVariants: [variant('a')] });
    await expect(model('a', uri)).rejects.toThrow('Cannot create already existing model');
    await expect(config('c1', variant('a'))).rejects.toThrow('already existing');
    await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'c1' }));
    await client.send(new DeleteModelCommand({ ModelName: 'a' }));
    await expect(client.send(ofConfig)).rejects.toThrow('Could not find endpoint configuration');
    await expect(create('c1')).rejects.toThrow('Could not find endpoint configuration');
    await expect(config('c1', variant('a'))).rejects.toThrow('Could not find model');
  });

  it('are refused aloud with what no machine here has', async () => {
    const uri = image(folder, 'echo', ECHO);
    await expect(model('a', 'public/image:1')).rejects.toThrow('Cannot find image');
    await expect(model('a', uri, { ModelDataUrl: 's3://b/m.tar.gz' })).rejects.toThrow(
      'ModelDataUrl',
    );
    await model('a', uri);
    await expect(config('c1', variant('a'), variant('a'))).rejects.toThrow('must be unique');
    expect(existsSync(join(service.dataDir, 'endpoints'))).toBe(false);
  });
});
