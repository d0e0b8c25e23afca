import { type Int64, storedInt64 } from '../../mlflow/index.ts';
import { checkRunId, type ModelOutput } from '../runs/run.ts';
import { changeRun, loadActiveRun } from '../runs/run-store.ts';
import { noteDataset } from './dataset-store.ts';
import { hasInput, putInput, toldOf } from './input-store.ts';
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
  if (fresh.length > 0) await append(run_id, 'model_inputs', fresh);
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

/** Records the logged models that a run made. */
export async function logOutputs(input: {
  readonly run_id: string;
  readonly models: readonly { readonly model_id: string; readonly step?: Int64 }[];
}): Promise<undefined> {
  const made = input.models.map(({ model_id, step = 0 }) => ({
    model_id,
    step: storedInt64(step),
  }));
  if (made.length === 0) await loadActiveRun(input.run_id);
  else await append(input.run_id, 'model_outputs', made);
  return undefined;
}

/** One write that needs no read; who repeats it adds twice what readers count once. */
const append = (
  runId: string,
  list: 'model_inputs' | 'model_outputs',
  items: readonly string[] | readonly ModelOutput[],
) =>
  changeRun(runId, {
    update: `SET ${list} = list_append(if_not_exists(${list}, :none), :items)`,
    values: { ':none': [], ':items': items },
  });
