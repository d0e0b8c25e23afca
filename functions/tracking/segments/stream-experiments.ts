import type { DynamoDBRecord } from 'aws-lambda';
import { SOUGHT } from './settled-run-store.ts';

/** What happened to runs of an experiment; otherwise there are new ones only. */
export interface RunChanges {
  /** Some have ended. */
  readonly ended: boolean;
  /** A search had many fresh ones to read. */
  readonly sought: boolean;
}

/** Experiments whose runs the records speak of. */
export function experimentsOf(records: readonly DynamoDBRecord[]): ReadonlyMap<string, RunChanges> {
  const experiments = new Map<string, RunChanges>();
  const note = (id: string, change: Partial<RunChanges>) => {
    const known = experiments.get(id) ?? { ended: false, sought: false };
    experiments.set(id, { ...known, ...change });
  };
  for (const { dynamodb } of records) {
    const { pk = '', sk } = { pk: dynamodb?.Keys?.pk?.S, sk: dynamodb?.Keys?.sk?.S };
    const prefix = 'EXPERIMENT#';
    if (pk.startsWith(prefix)) note(pk.slice(prefix.length), sk === SOUGHT ? { sought: true } : {});
    const detail = dynamodb?.NewImage?.detail?.S;
    if (!detail) continue;
    const { data } = JSON.parse(detail) as { data: { experiment_id: string } };
    note(data.experiment_id, { ended: true });
  }
  return experiments;
}
