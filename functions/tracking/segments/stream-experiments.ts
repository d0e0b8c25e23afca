import type { DynamoDBRecord } from 'aws-lambda';
import { SOUGHT } from './settled-run-store.ts';

/** What happened to runs of an experiment; with both false there are only new runs. */
export interface RunChanges {
  /** True when runs have ended. */
  readonly ended: boolean;
  /** True when a search had to read many fresh runs. */
  readonly sought: boolean;
}

/** The experiments of the runs in the records of a stream. */
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
