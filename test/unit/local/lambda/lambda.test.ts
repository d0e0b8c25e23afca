import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lambdaFixture } from './function-fixture.ts';

const SOURCE = `
let calls = 0;
let handled = 0;
const environment = Math.random();
export const handler = async (event, context) => {
  calls += 1;
  handled += 1;
  const together = handled;
  if (event.do === 'throw') { const error = new Error('no'); error.name = 'Refused'; throw error; }
  if (event.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (event.do === 'block') for (;;);
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'stray') { setTimeout(() => { throw new TypeError('stray'); }, 1); await new Promise(() => {}); }
  if (event.do === 'reject') { Promise.reject(new Error('lost')); await new Promise(() => {}); }
  if (event.do === 'leak') { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }
  if (event.do === 'large') return 'x'.repeat(7 * 1024 * 1024);
  if (event.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 50));
  if (event.do === 'nothing') return undefined;
  console.log('handled');
  handled -= 1;
  return { calls, together, environment, context, region: process.env.AWS_REGION, own: process.env.OWN,
    home: process.env.HOME ?? null, left: context.getRemainingTimeInMillis() };
};`;

const fixture = lambdaFixture();
const { call } = fixture;
const single = { ReservedConcurrentExecutions: 1 };
await fixture.addFunction('fn', SOURCE, {
  ...single,
  MemorySize: 128,
  Timeout: 600,
  Environment: { Variables: { OWN: 'yes' } },
});
await fixture.addFunction('short', SOURCE, { ...single, Timeout: 3 });
await fixture.addFunction('single', SOURCE, single);

afterAll(() => fixture.close());

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
describe('a function on the Lambda host', () => {
  it('sees its own environment and not the host’s', async () => {
    const { value } = await call('fn', {});
    expect(value).toMatchObject({ region: 'us-east-1', own: 'yes', home: null });
  });

  it('gets a context that knows the request, the function and the time left', async () => {
    const { value } = await call('fn', {});
    expect(value.context).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'fn',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
      memoryLimitInMB: '128',
    });
    expect(value.left).toBeGreaterThan(500_000);
    expect(value.left).toBeLessThanOrEqual(600_000);
  });

  it('keeps its module state between events', async () => {
    const first = (await call('fn', {})).value.calls;
    expect((await call('fn', {})).value.calls).toBe(first + 1);
  });

  it('answers null where it returns nothing', async () => {
    expect((await fixture.lambda.invoke('fn', '{"do":"nothing"}')).payload).toBe('null');
  });

  it('is found by its ARN, with or without a qualifier', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:fn';
    expect((await call(arn, {})).functionError).toBeUndefined();
    expect((await call(`${arn}:$LATEST`, {})).functionError).toBeUndefined();
    await expect(call('other', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });

  it.each([
    ['fn', 'throw', 'Refused', 'no'],
    [
      'short',
      'hang',
      'Sandbox.Timedout',
      /^RequestId: \S+ Error: Task timed out after 3.00 seconds$/,
    ],
    ['short', 'block', 'Sandbox.Timedout', /Task timed out/],
    ['fn', 'exit', 'Runtime.ExitError', /^RequestId: \S+ Error: Runtime exited .* exit status 3$/],
    ['fn', 'stray', 'TypeError', 'stray'],
    ['fn', 'reject', 'Runtime.UnhandledPromiseRejection', 'Error: lost'],
    ['fn', 'leak', 'Runtime.ExitError', /signal: killed$/],
    ['fn', 'large', 'Function.ResponseSizeTooLarge', /exceeded maximum/],
  ])(
    '%s that does "%s" fails that request with %s and serves the next',
    async (name, what, errorType, errorMessage) => {
      const { value, functionError } = await call(name, { do: what });
      expect(functionError).toBe('Unhandled');
      expect(value.errorType).toBe(errorType);
      expect(value.errorMessage).toMatch(errorMessage);
      expect((await call(name, {})).functionError).toBeUndefined();
    },
  );

  it('refuses a payload above 6 MB', async () => {
    const payload = JSON.stringify('ä'.repeat(3.5 * 1024 * 1024));
    await expect(fixture.lambda.invoke('fn', payload)).rejects.toMatchObject({ status: 413 });
  });

  it('takes one event at a time where one environment is reserved', async () => {
    const wait = { do: 'wait' };
    const answers = await Promise.all([call('single', wait), call('single', wait)]);
    const [first, second] = answers.map(({ value }) => value);
    expect([first.together, second.together]).toEqual([1, 1]);
    expect(second.environment).toBe(first.environment);
  });

  it('writes what it prints between START and REPORT to its log file', async () => {
    await call('fn', {});
    const report = 'REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: N MB';
    const lines = () =>
      readFileSync(join(fixture.folder, 'logs/fn.log'), 'utf8')
        .replaceAll(/[\da-f-]{36}/g, 'ID')
        .replaceAll(/ [\d.]+(?= MB| ms)/g, ' N')
        .trimEnd()
        .split('\n');
    const last = ['START RequestId: ID Version: $LATEST', 'handled', 'END RequestId: ID', report];
    await expect.poll(() => lines().slice(-4)).toEqual(last);
    // How long an environment took to start stands with its first event.
    expect(lines().find((line) => line.startsWith('REPORT'))).toBe(
      `${report}\tInit Duration: N ms`,
    );
  });
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
describe('metrics that a function writes', () => {
  const METRICS = `
console.log('{"_aws":"import"}');
export const handler = async (event) => {
  console.log('before');
  console.log('{"_aws":"metric"}');
  if (event.do === 'throw') throw new Error('no');
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'more') console.log('after');
  if (event.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
};`;

  it.each(['return', 'more', 'throw', 'exit', 'hang'])(
    'are in its log, in their place: %s',
    async (what) => {
      await fixture.addFunction(`metrics-${what}`, METRICS, { ...single, Timeout: 3 });
      await call(`metrics-${what}`, { do: what });
      const order = ['"import"', 'START', 'before', '"metric"', what === 'more' ? 'after' : 'END'];
      await expect
        .poll(() => readFileSync(join(fixture.folder, `logs/metrics-${what}.log`), 'utf8'))
        .toMatch(new RegExp(order.join('[^]*')));
    },
  );
});

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
describe('the pool of a function', () => {
  it('runs two events at once, each with module state of its own', async () => {
    await fixture.addFunction('pair', SOURCE, { ReservedConcurrentExecutions: 2 });
    const environments = async () => {
      const pair = [call('pair', { do: 'wait' }), call('pair', { do: 'wait' })];
      return (await Promise.all(pair)).map(({ value }) => value.environment);
    };
    // The first may be done before the second environment is up; a third there never is.
    const distinct = async () => new Set(await environments()).size;
    await expect.poll(distinct).toBe(2);
    const all = await Promise.all([environments(), environments(), environments()]);
    expect(new Set(all.flat()).size).toBe(2);
  });

  it('throttles a function with no concurrency', async () => {
    await fixture.addFunction('none', SOURCE, { ReservedConcurrentExecutions: 0 });
    await expect(call('none', {})).rejects.toMatchObject({ code: 'TooManyRequestsException' });
  });

  it('throttles once a thousand events wait', async () => {
    await fixture.addFunction('busy', SOURCE, single);
    const calls = Array.from({ length: 1001 }, () => call('busy', {}));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });

  it.each([
    ['import', 'throw new RangeError("at import");', 'RangeError'],
    ['export', 'export const other = 1;', 'Runtime.HandlerNotFound'],
    ['syntax', 'export const handler = (', 'SyntaxError'],
    ['exit', 'process.exit(1);', 'Runtime.ExitError'],
  ])('reports a bundle that fails at its %s', async (name, source, errorType) => {
    await fixture.addFunction(`broken-${name}`, source);
    const { value } = await call(`broken-${name}`, {});
    expect(value.errorType).toBe(errorType);
  });
});
