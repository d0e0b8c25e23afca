import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_TIMEOUT_MS } from '../../../support/patience.ts';
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
export const handler = async ({ url, dynamo, end }) => {
  if (end) await ask(url + '/' + end);
  while (end === 'spins') {}
  if (end === 'sleeps') await new Promise(() => setInterval(() => {}, 1000));
  const connections = openConnections(new URL(url));
  for (;;) await (dynamo ? connections.post({ host: 'service' }, 'x') : ask(url));
};`;

const errors: string[] = [];
const onError = (name: string) => void errors.push(name);
/** One that waits for what is in work as long as it takes, and one that gives it up after a second. */
const [patient, fixture] = [
  lambdaFixture({ onError, leaveMs: 2 * TEST_TIMEOUT_MS }),
  lambdaFixture(),
];
let url = '';
/** What the service was asked for, and what of it was carried out. */
let asked = 0;
let done = 0;
/** Of the functions that do nothing any more, those that have begun to. */
const idle = new Set<string>();

const service = createServer((request, response) => {
  asked += 1;
  request.resume();
  setTimeout(() => {
    done += 1;
    response.end('done');
    if (request.url) idle.add(request.url.slice(1));
  }, ANSWER_MS);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  for (const one of [patient, fixture]) await one.addFunction('fn', SOURCE, { Timeout: 900 });
});

afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await Promise.all([patient.close(), fixture.close()]);
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
        const calls = [1, 2, 3].map(() => patient.call('fn', { url, dynamo }));
        await until(() => asked >= before + 6);
        await patient.lambda.reset();
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
    const sleeping = patient.call('fn', { url, end: 'sleeps' });
    await until(() => idle.has('sleeps'));
    await patient.lambda.reset();
    expect((await sleeping).functionError).toBe('Unhandled');
    const spinning = fixture.call('fn', { url, end: 'spins' });
    await until(() => idle.has('spins'));
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    await fixture.lambda.reset();
    expect((await spinning).functionError).toBe('Unhandled');
  });
});
