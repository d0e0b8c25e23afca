import { taskHandler } from '../events/tasks.ts';
import { prepareTraining } from './prepare-training.ts';
import { recordFailure, recordSuccess } from './record-outcome.ts';

/** Tasks of the state machine `train`. */
export const handler = taskHandler({
  'prepare-training': (input, context) => prepareTraining(String(input.execution_id), context),
  'record-success': (input, context) => recordSuccess(String(input.execution_id), context),
  'record-failure': (input, context) =>
    recordFailure(
      String(input.execution_id),
      { error: String(input.error ?? ''), cause: String(input.cause ?? '') },
      context,
    ),
});
