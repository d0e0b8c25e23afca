import { afterAll, expect, it } from 'vitest';
import { lambdaFixture } from './function-fixture.ts';

/** Objects that live a little longer than others are what has V8 make the young generation larger. */
const SOURCE = `
import { getHeapSpaceStatistics } from 'node:v8';
const kept = [];
export const handler = async ({ objects }) => {
  for (let i = 0; i < objects; i++) kept[i % 50_000] = { i, text: [i, i + 1, i + 2] };
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young.space_size / 2 ** 20;
};`;

const fixture = lambdaFixture();
afterAll(() => fixture.close());

it('an environment under load keeps a young generation of a few megabytes', async () => {
  await fixture.addFunction('busy', SOURCE);
  const sizes: number[] = [];
  for (let i = 0; i < 10; i++) {
    sizes.push((await fixture.call('busy', { objects: 500_000 })).value as number);
  }
  expect(Math.max(...sizes)).toBeLessThan(24);
});
