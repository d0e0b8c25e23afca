import { outbox } from '../../events/outbox.ts';
import type { Int64 } from '../../mlflow/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, type Write } from '../../shared/dynamo/index.ts';
import { RunFinished } from '../events.ts';
import { trackingTableName } from '../keys.ts';
import { toWireInfo } from './describe-run.ts';
import { exactText, hasEnded, RUN_NAME_TAG, type Run, type RunStatus, runRefused } from './run.ts';
import { changeRun, loadRun, type RunChange } from './run-store.ts';

interface UpdateRunInput {
  readonly run_id: string;
  readonly status?: RunStatus;
  readonly end_time?: Int64;
  readonly run_name?: string;
}

/** Changes status, end and name; an ended run is announced in the same transaction, once. */
export async function updateRun(input: UpdateRunInput, context: OperationContext): Promise<object> {
  for (;;) {
    const before = await loadRun(input.run_id);
    const refused = runRefused(input.run_id, before);
    if (refused) throw refused;
    const change = changeOf(input, before);
    if (!change) return { run_info: toWireInfo(before) };
    try {
      await changeRun(input.run_id, change, announcement(input, before, context));
      return { run_info: toWireInfo(await loadRun(input.run_id)) };
    } catch (error) {
      // Its status was changed in between: whether this ends the run must be seen anew.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

function changeOf(input: UpdateRunInput, before: Run): RunChange | undefined {
  const { status, end_time, run_name } = input;
  const exact = exactText(end_time);
  const sets = [
    ...(status ? ['#status = :status'] : []),
    ...(end_time === undefined ? [] : ['end_time = :end']),
    ...(exact ? ['exact_end = :exact'] : []),
    ...(run_name ? ['run_name = :name', 'tags.#name = :name'] : []),
  ];
  if (sets.length === 0) return undefined;
  return {
    update: `SET ${sets.join(', ')}`,
    condition: '#status = :before',
    names: { '#status': 'status', ...(run_name && { '#name': RUN_NAME_TAG }) },
    values: {
      ':before': before.status,
      ...(status && { ':status': status }),
      ...(end_time !== undefined && { ':end': Number(end_time) }),
      ...(exact && { ':exact': exact }),
      ...(run_name && { ':name': run_name }),
    },
  };
}

function announcement(input: UpdateRunInput, before: Run, context: OperationContext): Write[] {
  const { run_id, experiment_id, status: old } = before;
  const { status } = input;
  if (!status || !hasEnded(status) || status === old) return [];
  return [outbox(trackingTableName(), RunFinished, { run_id, experiment_id, status }, context)];
}
