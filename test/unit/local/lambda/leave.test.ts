import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaFixture } from './function-fixture.ts';

const ANSWER_MS = 40;

const CONNECTIONS = new URL('../../../../functions/shared/dynamo/connections.ts', import.meta.url);

/** Asks the service again and again, as functions ask DynamoDB or anybody else, or does nothing for long. */
const SOURCE = `
import { request } from 'node:http';
import { openConnections } from '${CONNECTIONS}';
const ask = (url) => new Promise((resolve, reject) => {
  const sent = request(url, { method: 'POST' }, (answer) => answer.resume().on('end', resolve));
  sent.on('error', reject).end('x');
});
export const handler = async ({ url, dynamo, sleep, spin }) => {
  while (spin) {}
  if (sleep) await new Promise((resolve) => setTimeout(resolve, sleep));
  const connections = openConnections(new URL(url));
  for (;;) await (dynamo ? connections.post({ host: 'service' }, 'x') : ask(url));
};`;

const errors: string[] = [];
const fixture = lambdaFixture({ onError: (name) => errors.push(name) });
let url = '';
/** What the service was asked for, and what of it was carried out. */
let asked = 0;
let done = 0;

const service = createServer((request, response) => {
  asked += 1;
  request.resume();
  setTimeout(() => {
    done += 1;
    response.end('done');
  }, ANSWER_MS);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  await fixture.addFunction('fn', SOURCE, { Timeout: 30 });
});

afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await fixture.close();
});

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('a reset of the Lambda host', () => {
  it.each([
    ['services', false],
    ['DynamoDB', true],
  ])(
    'ends a function between two requests to %s: none is cut off, none comes later',
    async (_service, dynamo) => {
      for (let round = 0; round < 5; round++) {
        const before = asked;
        const calls = [1, 2, 3].map(() => fixture.call('fn', { url, dynamo }));
        await until(() => asked >= before + 6);
        await fixture.lambda.reset();
        const atEnd = asked;
        expect(done).toBe(atEnd);
        for (const { functionError } of await Promise.all(calls)) {
          expect(functionError).toBe('Unhandled');
        }
        await new Promise((resolve) => setTimeout(resolve, 3 * ANSWER_MS));
        expect(asked).toBe(atEnd);
      }
      // It was no fault of theirs.
      expect(errors).toEqual([]);
    },
  );

  it('does not wait for one that waits by itself, nor for one that never would', async () => {
    const warm = fixture.call('fn', { url });
    const before = asked;
    await until(() => asked > before);
    const sleeping = fixture.call('fn', { url, sleep: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = performance.now();
    await fixture.lambda.reset();
    expect(performance.now() - started).toBeLessThan(700);
    await Promise.all([warm, sleeping]);
    const spinning = fixture.call('fn', { url, spin: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fixture.lambda.reset();
    expect((await spinning).functionError).toBe('Unhandled');
  });
});
