import { type Int64, storedInt64 } from '../../mlflow/index.ts';
import { loadActiveRun } from '../runs/run-store.ts';
import { appendModels } from './linked-models.ts';

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
  else await appendModels(input.run_id, 'model_outputs', made);
  return undefined;
}
