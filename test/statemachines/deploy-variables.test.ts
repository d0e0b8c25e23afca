import { expect, it } from 'vitest';
import { run, serving } from '../support/state-machines/run-deploy.ts';
import { NAME } from '../support/state-machines/simulated-sagemaker.ts';

it('deploy creates the model with the variables of its entity', async () => {
  const { service, rows } = await serving();
  rows.add('b', 'PREPARING');
  const at = rows.candidates.findIndex(({ preparation }) => preparation === 'p-b');
  const found = rows.candidates[at];
  if (found) rows.candidates[at] = { ...found, environmentVars: { MODE: 'x' } };
  expect((await run(service, rows, 'b')).status).toBe('SUCCEEDED');
  const container = JSON.parse(service.models.get(`${NAME}-b`) ?? '{}');
  expect(container).toMatchObject({ Environment: { MODE: 'x' } });
});
