import type { DynamoDBRecord } from 'aws-lambda';

/** What happened to runs of an experiment. */
export interface RunChanges {
  /** Some have ended; otherwise there are new ones only. */
  readonly ended: boolean;
}

/** Experiments whose runs the records speak of. */
export function experimentsOf(records: readonly DynamoDBRecord[]): ReadonlyMap<string, RunChanges> {
  const experiments = new Map<string, RunChanges>();
  for (const { dynamodb } of records) {
    const { pk = '' } = { pk: dynamodb?.Keys?.pk?.S };
    const prefix = 'EXPERIMENT#';
    const id = pk.startsWith(prefix) ? pk.slice(prefix.length) : undefined;
    if (id !== undefined && !experiments.has(id)) experiments.set(id, { ended: false });
    const detail = dynamodb?.NewImage?.detail?.S;
    if (!detail) continue;
    const { data } = JSON.parse(detail) as { data: { experiment_id: string } };
    experiments.set(data.experiment_id, { ended: true });
  }
  return experiments;
}
