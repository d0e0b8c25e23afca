import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLambda } from '../../../../lib/local/lambda/index.ts';

const SOURCE = `
let calls = 0;
export const handler = async (event, context) => {
  calls += 1;
  if (event.do === 'throw') { const error = new Error('no'); error.name = 'Refused'; throw error; }
  if (event.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (event.do === 'block') for (;;);
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'stray') { setTimeout(() => { throw new Error('stray'); }, 1); await new Promise(() => {}); }
  if (event.do === 'leak') { const all = []; for (;;) all.push(new Array(1e6).fill('x')); }
  if (event.do === 'large') return 'x'.repeat(7 * 1024 * 1024);
  if (event.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 50));
  console.log('handled');
  return { calls, region: process.env.AWS_REGION, own: process.env.OWN, home: process.env.HOME ?? null,
    id: context.awsRequestId, left: context.getRemainingTimeInMillis() };
};`;

const folder = mkdtempSync(join(tmpdir(), 'slipway-lambda-'));
const asset = join(folder, 'asset');
mkdirSync(asset);
writeFileSync(join(asset, 'index.mjs'), SOURCE);

const lambda = createLambda({ dataDir: folder, environment: () => ({}), deliver: async () => {} });
const [functions] = lambda.providers;
await functions?.create(
  'Fn',
  {
    FunctionName: 'fn',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { S3Key: 'hash.zip' },
    Timeout: 1,
    MemorySize: 64,
    ReservedConcurrentExecutions: 1,
    Environment: { Variables: { OWN: 'yes' } },
  },
  { region: 'us-east-1', accountId: '0', assetPath: () => asset },
);

afterAll(async () => {
  await lambda.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = async (event: object) => {
  const result = await lambda.invoke('fn', JSON.stringify(event));
  return { ...result, value: JSON.parse(result.payload) };
};

describe('a function on the Lambda host', () => {
  it('sees its own environment and not the host’s', async () => {
    const { value } = await call({});
    expect(value).toMatchObject({ region: 'us-east-1', own: 'yes', home: null });
    expect(value.left).toBeGreaterThan(0);
  });

  it('keeps its module state between events', async () => {
    const first = (await call({})).value.calls;
    expect((await call({})).value.calls).toBe(first + 1);
  });

  it('reports an error by its name', async () => {
    const { value, functionError } = await call({ do: 'throw' });
    expect(functionError).toBe('Unhandled');
    expect(value).toMatchObject({ errorType: 'Refused', errorMessage: 'no' });
  });

  it.each([
    ['hang', 'Sandbox.Timedout'],
    ['block', 'Sandbox.Timedout'],
    ['exit', 'Runtime.ExitError'],
    ['stray', 'Error'],
    ['leak', 'Error'],
    ['large', 'Function.ResponseSizeTooLarge'],
  ])('that does "%s" ends that request with %s and serves the next', async (what, errorType) => {
    const { value, functionError } = await call({ do: what });
    expect(functionError).toBe('Unhandled');
    expect(value.errorType).toBe(errorType);
    expect((await call({})).functionError).toBeUndefined();
  });

  it('takes one event at a time where one environment is reserved', async () => {
    const started = performance.now();
    await Promise.all([call({ do: 'wait' }), call({ do: 'wait' }), call({ do: 'wait' })]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(148);
  });

  it('writes what it prints to its log file', async () => {
    await call({});
    await expect
      .poll(() => readFileSync(join(folder, 'logs/fn.log'), 'utf8'))
      .toMatch(/handled[\s\S]*REPORT RequestId/);
  });
});
