import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { toWireInfo } from './describe-run.ts';
import { RunFinished } from './events.ts';
import { trackingTableName } from './experiment-store.ts';
import { hasEnded, RUN_NAME_TAG, type RunStatus } from './run.ts';
import { changeRun, loadRun } from './run-store.ts';

export interface UpdateRunInput {
  readonly run_id: string;
  readonly status?: RunStatus;
  readonly end_time?: number;
  readonly run_name?: string;
}

/** Changes status, end and name; an ended run is announced in the same transaction. */
export async function updateRun(input: UpdateRunInput, context: OperationContext): Promise<object> {
  const { run_id, status, end_time, run_name } = input;
  const before = await loadRun(run_id);
  const sets: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const set = (path: string, placeholder: string, value: unknown) => {
    sets.push(`${path} = :${placeholder}`);
    values[`:${placeholder}`] = value;
  };
  if (status) {
    names['#status'] = 'status';
    set('#status', 'status', status);
  }
  if (end_time !== undefined) set('end_time', 'end', end_time);
  if (run_name) {
    names['#nameTag'] = RUN_NAME_TAG;
    set('run_name', 'name', run_name);
    set('tags.#nameTag', 'tagged', run_name);
  }
  if (sets.length > 0) {
    const ended = status && hasEnded(status) && before.status !== status;
    const event =
      ended &&
      outbox(
        trackingTableName(),
        RunFinished,
        { run_id, experiment_id: before.experiment_id, status },
        context,
      );
    await changeRun(
      run_id,
      { update: `SET ${sets.join(', ')}`, names, values },
      event ? [event] : [],
    );
  }
  return { run_info: toWireInfo(await loadRun(run_id)) };
}

/** Deleted and restored runs keep everything that was logged; doing it twice is no error. */
export async function setRunLifecycle(
  run_id: string,
  stage: 'active' | 'deleted',
): Promise<undefined> {
  await changeRun(run_id, {
    update: 'SET lifecycle_stage = :stage',
    values: { ':stage': stage },
    anyStage: true,
  });
  return undefined;
}
