import { afterAll, expect, it } from 'vitest';
import { environmentsOf } from '../../../../lib/local/lambda/function-config.ts';
import { lambdaFixture } from './function-fixture.ts';

const SOURCE = `
const environment = Math.random();
export const handler = async ({ seconds }) => {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return environment;
};`;

const fixture = lambdaFixture();
afterAll(() => fixture.close());

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
  await fixture.addFunction('free', SOURCE);
  await fixture.addFunction('reserved', SOURCE, { ReservedConcurrentExecutions: 1 });
  const order: string[] = [];
  const call = async (name: string, seconds: number) => {
    await fixture.call(name, { seconds });
    order.push(`${name} ${seconds}`);
  };

  const stuck = Array.from({ length: environmentsOf('Zip') }, () => call('free', 4));
  await Promise.all([...stuck, call('reserved', 3), call('free', 0), call('reserved', 0)]);

  expect(order.slice(0, 3)).toEqual(['free 0', 'reserved 3', 'reserved 0']);
});

it('events that take their turn in time start no environment beyond the usual ones', async () => {
  await fixture.addFunction('busy', SOURCE);

  const used = await Promise.all(
    Array.from({ length: 80 }, () => fixture.call('busy', { seconds: 0.02 })),
  );

  expect(new Set(used.map(({ value }) => value)).size).toBeLessThanOrEqual(environmentsOf('Zip'));
});
