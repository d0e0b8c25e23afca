import type { ModelOutput } from '../runs/run.ts';
import { changeRun } from '../runs/run-store.ts';

/** One write that needs no read; who repeats it adds twice what readers count once. */
export const appendModels = (
  runId: string,
  list: 'model_inputs' | 'model_outputs',
  items: readonly string[] | readonly ModelOutput[],
) =>
  changeRun(runId, {
    update: `SET ${list} = list_append(if_not_exists(${list}, :none), :items)`,
    values: { ':none': [], ':items': items },
  });
