import { describe, expect, it } from 'vitest';
import { anExperiment, aRun, post, useTracking } from '../api.ts';

useTracking();

const search = (experiment_ids: readonly string[]) =>
  post('/experiments/search-datasets', { experiment_ids });

function anInput(name: string, context?: string): object {
  const tags = context ? [{ key: 'mlflow.data.context', value: context }] : [];
  return { tags, dataset: { name, digest: `${name}1`, source_type: 'local', source: 's' } };
}

describe('a search of datasets', () => {
  it('finds each dataset and context of the experiments once', async () => {
    const [a, b] = [await anExperiment(), await anExperiment()];
    const inputs = [anInput('x', 'training'), anInput('y')];
    for (const experiment_id of [a, a, b]) {
      const run_id = await aRun({ experiment_id });
      await post('/runs/log-inputs', { run_id, datasets: inputs });
    }
    const run_id = await aRun({ experiment_id: a });
    await post('/runs/log-inputs', { run_id, datasets: [anInput('x', 'eval')] });
    const { body } = await search([a, b, b]);
    const found = body.dataset_summaries.map(
      (one) => `${one.experiment_id === a ? 'a' : 'b'} ${one.name} ${one.digest} ${one.context}`,
    );
    expect(found.sort()).toEqual([
      'a x x1 eval',
      'a x x1 training',
      'a y y1 undefined',
      'b x x1 training',
      'b y y1 undefined',
    ]);
  });

  it('finds no context of a dataset that the run has already, and the first of two in one call', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    for (const datasets of [
      [anInput('x', 'training'), anInput('x', 'twice')],
      [anInput('x', 'eval'), anInput('y')],
    ]) {
      await post('/runs/log-inputs', { run_id, datasets });
    }
    const { body } = await search([experiment_id]);
    const found = body.dataset_summaries.map(({ name, context }) => `${name} ${context}`);
    expect(found.toSorted()).toEqual(['x training', 'y undefined']);
  });

  it('takes 1 to 20 experiments', async () => {
    expect((await search([])).body.message).toContain('at least one experiment_id');
    const ids = Array.from({ length: 21 }, (_, i) => `${100 + i}`);
    expect((await search(ids)).body.message).toContain('Received 21 experiment_ids');
    expect((await search(ids.slice(1))).body).toEqual({});
  });
});
