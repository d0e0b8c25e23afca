import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { environmentsOf } from '../../../../lib/local/lambda/function-config.ts';
import { lambdaFixture } from './function-fixture.ts';

const SOURCE = `
import { existsSync } from 'node:fs';
const environment = Math.random();
export const handler = async ({ milliseconds = 0, gate }) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  while (gate && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
  return environment;
};`;

const fixture = lambdaFixture();
const LONG = { Timeout: 600 };
afterAll(() => fixture.close());

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html */
it.each([
  ['Zip', 1, 2],
  ['Zip', 4, 4],
  [undefined, 64, 8],
  ['Image', 64, 2],
])(
  'a function of a package %s on a machine with %i cores has %i environments',
  (type, cores, expected) => {
    expect(environmentsOf(type, cores)).toBe(expected);
  },
);

it('an event behind stuck ones gets an environment of its own, where no reservation forbids it', async () => {
  await fixture.addFunction('free', SOURCE, LONG);
  await fixture.addFunction('reserved', SOURCE, { ...LONG, ReservedConcurrentExecutions: 1 });
  const gate = join(fixture.folder, 'gate');
  const order: string[] = [];
  const call = async (name: string, event: { readonly gate?: string }) => {
    await fixture.call(name, event);
    order.push(event.gate ? `${name}, stuck` : name);
  };

  const stuck = Array.from({ length: environmentsOf('Zip') }, () => call('free', { gate }));
  const reserved = [call('reserved', { gate }), call('reserved', {})];
  await call('free', {});
  expect(order).toEqual(['free']);
  writeFileSync(gate, '');
  await Promise.all([...stuck, ...reserved]);

  expect(order.filter((name) => name.startsWith('reserved'))).toEqual([
    'reserved, stuck',
    'reserved',
  ]);
});

it('events that take their turn in time start no environment beyond the usual ones', async () => {
  let attempts = 0;
  const used = async () => {
    const name = `busy-${attempts++}`;
    await fixture.addFunction(name, SOURCE);
    const calls = Array.from({ length: 80 }, () => fixture.call(name, { milliseconds: 20 }));
    return new Set((await Promise.all(calls)).map(({ value }) => value)).size;
  };

  // On a machine that stands still for a second every event is stuck: then it is tried again.
  await expect.poll(used).toBeLessThanOrEqual(environmentsOf('Zip'));
});
