import { putInput } from './input-store.ts';
import { runRefused } from './run.ts';
import { checkInput, type RunInput } from './run-input.ts';
import { loadRun } from './run-store.ts';

/** Records the datasets that a run read. */
export async function logInputs(input: {
  readonly run_id: string;
  readonly datasets: readonly RunInput[];
}): Promise<undefined> {
  const run = await loadRun(input.run_id);
  const refused = runRefused(run.run_id, run);
  if (refused) throw refused;
  for (const dataset of input.datasets) checkInput(dataset);
  for (const dataset of input.datasets) await putInput(run.run_id, dataset);
  return undefined;
}
