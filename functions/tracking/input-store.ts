import { createHash } from 'node:crypto';
import { ConditionFailed, key, queryAll } from '../shared/dynamo/index.ts';
import { runPartition } from './run.ts';
import type { RunInput } from './run-input.ts';
import { trackingTableName } from './run-keys.ts';
import { changeRun } from './run-store.ts';

/** Records a dataset that a run read; one that is known by name and digest is left as it is. */
export async function putInput(runId: string, input: RunInput): Promise<void> {
  const { name, digest } = input.dataset;
  const id = createHash('sha256')
    .update(JSON.stringify([name, digest]))
    .digest('hex');
  try {
    await changeRun(runId, { update: 'SET has_inputs = :true', values: { ':true': true } }, [
      {
        table: trackingTableName(),
        put: { pk: runPartition(runId), sk: key('INPUT', id), input },
        condition: 'attribute_not_exists(pk)',
      },
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

export async function inputsOfRun(runId: string): Promise<RunInput[]> {
  const inputs: RunInput[] = [];
  for await (const row of queryAll<{ input: RunInput }>({
    table: trackingTableName(),
    condition: 'pk = :pk AND begins_with(sk, :input)',
    values: { ':pk': runPartition(runId), ':input': 'INPUT#' },
  })) {
    inputs.push(row.input);
  }
  return inputs;
}
