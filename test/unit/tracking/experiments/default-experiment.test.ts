import { expect, it } from 'vitest';
import { post, useTracking } from '../api.ts';

useTracking();

it('the default experiment is older than the first one, though nobody had looked for it before', async () => {
  await post('/experiments/create', { name: 'first' });
  const { body } = await post('/experiments/search', {});
  expect(body.experiments.map(({ name }) => name)).toEqual(['first', 'Default']);
});
