import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { lambdaFixture } from './function-fixture.ts';

/** A container's program: it asks the Runtime API for events and does what they say. */
const PROGRAM = `
import { existsSync } from 'node:fs';
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
const post = (path, body) => fetch(api + path, { method: 'POST', body: JSON.stringify(body) });
if (process.env.BROKEN) {
  await post('/init/error', { errorType: 'Broken', errorMessage: 'no model' });
  process.exit(1);
}
let calls = 0;
for (;;) {
  const next = await fetch(api + '/invocation/next');
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const event = await next.json();
  console.log('event', event.do);
  if (event.do === 'exit') process.exit(3);
  if (event.do === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  while (event.do === 'wait' && !existsSync(event.gate)) await new Promise((resolve) => setTimeout(resolve, 20));
  if (event.do === 'fail') {
    await post('/invocation/' + id + '/error', { errorType: 'Oops', errorMessage: 'wrong', stackTrace: ['a'] });
  } else {
    const { pid } = process;
    const left = Number(next.headers.get('lambda-runtime-deadline-ms')) - Date.now();
    await post('/invocation/' + id + '/response', { calls: ++calls, pid, left, name: process.env.AWS_LAMBDA_FUNCTION_NAME });
  }
}
`;

let close = async () => {};
afterEach(() => close());

async function anImage(
  options: { properties?: object; command?: readonly string[]; concurrency?: number } = {},
) {
  const { command = [process.execPath, 'main.mjs'], properties, concurrency = 1 } = options;
  const fixture = lambdaFixture({ concurrency, imageFolder: (uri) => join(fixture.folder, uri) });
  close = fixture.close;
  const folder = join(fixture.folder, 'image');
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.mjs'), PROGRAM);
  writeFileSync(join(folder, 'Dockerfile'), `FROM base\nENTRYPOINT ${JSON.stringify(command)}\n`);
  await fixture.addResource('fn', {
    FunctionName: 'fn',
    PackageType: 'Image',
    Code: { ImageUri: 'image' },
    Timeout: 300,
    ...properties,
  });
  return fixture;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
describe('an image function', () => {
  it('gets one event after the other in the same process', async () => {
    const { call } = await anImage();
    const first = await call('fn', { do: 'answer' });
    expect(first.value).toMatchObject({ calls: 1, name: 'fn' });
    expect(first.value.left).toBeGreaterThan(200_000);
    const answers = await Promise.all([1, 2, 3].map(() => call('fn', { do: 'answer' })));
    expect(answers.map(({ value }) => value.calls)).toEqual([2, 3, 4]);
  });

  it('runs in as many processes as the host allows', async () => {
    const { call, folder } = await anImage({ concurrency: 2 });
    const gate = join(folder, 'gate');
    const answers = [1, 2, 3, 4, 5, 6].map(() => call('fn', { do: 'wait', gate }));
    // Each has one at hand, which it does not let go, while the others wait for either.
    const log = join(folder, 'logs/fn.log');
    const begun = () => readFileSync(log, 'utf8').match(/^START/gm);
    await expect.poll(begun).toHaveLength(2);
    writeFileSync(gate, '');
    const pids = (await Promise.all(answers)).map(({ value }) => value.pid);
    expect(new Set(pids).size).toBe(2);
  });

  it('passes its errors on', async () => {
    const { call } = await anImage();
    expect(await call('fn', { do: 'fail' })).toMatchObject({
      functionError: 'Unhandled',
      value: { errorType: 'Oops', errorMessage: 'wrong', trace: ['a'] },
    });
    expect((await call('fn', { do: 'answer' })).functionError).toBeUndefined();
  });

  it('hurts one event by its end, and begins anew', async () => {
    const { call } = await anImage();
    expect((await call('fn', { do: 'exit' })).value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    });
    expect((await call('fn', { do: 'answer' })).value.calls).toBe(1);
  });

  it('is killed when it takes too long', async () => {
    const { call } = await anImage({ properties: { Timeout: 6 } });
    const { pid } = (await call('fn', { do: 'answer' })).value;
    expect((await call('fn', { do: 'hang' })).value.errorType).toBe('Sandbox.Timedout');
    await ended(pid);
    expect((await call('fn', { do: 'answer' })).value.calls).toBe(1);
  });

  it('says which command is missing', async () => {
    const { call } = await anImage({ command: ['no-such-interpreter', 'x'] });
    expect((await call('fn', {})).value).toEqual({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: 'no-such-interpreter is not on the PATH',
    });
  });

  it('says why it cannot begin', async () => {
    const { call } = await anImage({
      properties: { Environment: { Variables: { BROKEN: 'yes' } } },
    });
    expect((await call('fn', {})).value).toEqual({
      errorType: 'Broken',
      errorMessage: 'no model',
    });
  });

  it('ends with the host', async () => {
    const { call, lambda } = await anImage();
    const { pid } = (await call('fn', { do: 'answer' })).value;
    await lambda.stop();
    close = async () => {};
    await ended(pid);
  });
});
