import { type ExecutionCost, findExecutionCost } from '../pipelines/index.ts';

interface TrainingCosts {
  readonly executions: readonly ({ readonly id: string } & ExecutionCost)[];
  readonly billable_seconds: number;
  /** Null when the price of an instance is not known. */
  readonly usd: number | null;
}

/** What executions of pipelines cost, each once; runs and versions that none made have none. */
export async function trainingCosts(ids: Iterable<string | undefined>): Promise<TrainingCosts> {
  const executions: ({ id: string } & ExecutionCost)[] = [];
  for (const id of new Set(ids)) {
    const cost = id === undefined ? undefined : await findExecutionCost(id);
    if (id !== undefined && cost) executions.push({ id, ...cost });
  }
  return {
    executions,
    billable_seconds: executions.reduce((sum, one) => sum + one.billable_seconds, 0),
    usd: executions.reduce<number | null>(
      (sum, { usd }) => (sum === null || usd === null ? null : sum + usd),
      0,
    ),
  };
}
