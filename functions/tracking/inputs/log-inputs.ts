import { checkRunId } from '../runs/run.ts';
import { loadActiveRun } from '../runs/run-store.ts';
import { noteDataset } from './dataset-store.ts';
import { hasInput, putInput, toldOf } from './input-store.ts';
import { appendModels } from './linked-models.ts';
import { checkInput, type RunInput } from './run-input.ts';

/**
 * Records the datasets that a run read and the logged models that it used. An experiment has one dataset of a
 * name and digest, which is as the first run told that named it.
 */
export async function logInputs(input: {
  readonly run_id: string;
  readonly datasets: readonly RunInput[];
  readonly models: readonly { readonly model_id: string }[];
}): Promise<undefined> {
  const { run_id, datasets, models } = input;
  checkRunId(run_id);
  const run = await loadActiveRun(run_id);
  for (const dataset of datasets) checkInput(dataset);
  const known = new Set(run.model_inputs);
  const fresh = models.map(({ model_id }) => model_id).filter((id) => !known.has(id));
  if (fresh.length > 0) await appendModels(run_id, 'model_inputs', fresh);
  for (const input of eachOnce(datasets)) {
    const { dataset } = input;
    if (run.has_inputs && (await hasInput(run_id, dataset))) continue;
    const first = await noteDataset(run.experiment_id, run_id, input);
    const told = first === undefined ? undefined : await toldOf(first, dataset);
    await putInput(run_id, told ? { ...input, dataset: told } : input);
  }
  return undefined;
}

/** Of datasets of one name and digest the first. */
function eachOnce(inputs: readonly RunInput[]): RunInput[] {
  const names = inputs.map(({ dataset: { name, digest } }) => JSON.stringify([name, digest]));
  return inputs.filter((_, i) => names.indexOf(names[i] ?? '') === i);
}
