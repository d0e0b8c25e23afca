import { invalid } from '../shared/errors.ts';
import { runNotActive } from './run.ts';
import { loadRun, putInput, type RunInput } from './run-store.ts';

/** Records the datasets that a run read. */
export async function logInputs(input: {
  readonly run_id: string;
  readonly datasets: readonly RunInput[];
}): Promise<undefined> {
  const run = await loadRun(input.run_id);
  if (run.lifecycle_stage !== 'active') throw runNotActive(run.run_id);
  for (const dataset of input.datasets) {
    if (!dataset.dataset) throw invalid("Missing value for required parameter 'dataset'.");
    await putInput(run.run_id, dataset);
  }
  return undefined;
}
