import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startEngine } from '../../lib/local/dynamodb/engine.ts';
import { createGateway } from '../../lib/local/gateway/index.ts';
import { createLambda } from '../../lib/local/lambda/index.ts';

/**
 * What a request through gateway and worker thread costs, without work and with one DynamoDB read.
 * The client is a process of its own. Run: `node test/bench/gateway-lambda.ts`.
 */
const FUNCTIONS = {
  empty: 'export const handler = async () => ({ statusCode: 200, body: "{}" });',
  read: `
    import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
    const client = new DynamoDBClient({});
    const Key = { pk: { S: 'a' } };
    export const handler = async () => {
      const { Item } = await client.send(new GetItemCommand({ TableName: 'bench', Key }));
      return { statusCode: 200, body: JSON.stringify(Item) };
    };`,
};
const MEASURE_MS = 4000;

if (process.argv[2] === 'client') await client(String(process.argv[3]), Number(process.argv[4]));
else await host();

async function host(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  const engine = await startEngine(join(folder, 'dynamodb.db'), () => {});
  await createTable(engine.endpoint);
  const lambda = createLambda({
    dataDir: folder,
    environment: () => ({ AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint }),
    deliver: async () => {},
  });
  const gateway = createGateway({ lambda, auth: 'none', endpoint: '' });
  const create = (type: string, id: string, properties: Record<string, unknown>, asset = '') =>
    [...lambda.providers, ...gateway.providers]
      .find((one) => one.type === type)
      ?.create(id, properties, { region: '', accountId: '', assetPath: () => asset });
  await create('AWS::ApiGatewayV2::Api', 'bench', { ProtocolType: 'HTTP' });
  for (const [name, source] of Object.entries(FUNCTIONS)) {
    const asset = join(folder, name);
    mkdirSync(asset);
    await bundle(source, join(asset, 'index.mjs'));
    const code = { S3Key: 'hash.zip' };
    const fn = { FunctionName: name, Runtime: 'nodejs24.x', Handler: 'index.handler', Code: code };
    await create('AWS::Lambda::Function', name, fn, asset);
    await create('AWS::ApiGatewayV2::Integration', name, {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
      IntegrationUri: name,
    });
    const route = { RouteKey: `GET /${name}`, Target: `integrations/${name}` };
    await create('AWS::ApiGatewayV2::Route', name, route);
  }
  const server = createServer((request, response) => void gateway.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const name of Object.keys(FUNCTIONS)) {
    for (const connections of [1, 16]) await run(`http://127.0.0.1:${port}/${name}`, connections);
  }
  server.close();
  await gateway.stop();
  await lambda.stop();
  await engine.stop();
  rmSync(folder, { recursive: true });
}

async function bundle(contents: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as benchRequire}from'node:module';const require=benchRequire(import.meta.url);",
    },
  });
}

async function createTable(endpoint: string): Promise<void> {
  const { CreateTableCommand, DynamoDBClient, PutItemCommand } = await import(
    '@aws-sdk/client-dynamodb'
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await dynamo.send(
    new CreateTableCommand({
      TableName: 'bench',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  const Item = { pk: { S: 'a' }, text: { S: 'x'.repeat(500) } };
  await dynamo.send(new PutItemCommand({ TableName: 'bench', Item }));
}

function run(url: string, connections: number): Promise<void> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [script, 'client', url, String(connections)], {
    stdio: 'inherit',
  });
  return new Promise((resolve) => child.on('exit', () => resolve()));
}

async function client(url: string, connections: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const request = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
  const started = performance.now();
  await request();
  const cold = performance.now() - started;
  const phase = async (ms: number) => {
    const times: number[] = [];
    const until = performance.now() + ms;
    const loop = async () => {
      while (performance.now() < until) {
        const from = performance.now();
        await request();
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: connections }, loop));
    return times.sort((a, b) => a - b);
  };
  await phase(1500);
  const times = await phase(MEASURE_MS);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  const rate = Math.round(times.length / (MEASURE_MS / 1000));
  const name = new URL(url).pathname;
  console.log(
    `${name} ${connections} connections: first ${cold.toFixed(0)} ms, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${rate} requests/s`,
  );
  agent.destroy();
}
