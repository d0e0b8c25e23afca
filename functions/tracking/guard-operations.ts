import type { MlflowOperation } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { DEFAULT_EXPERIMENT_ID } from './experiments/experiment.ts';
import {
  type ExperimentLevel,
  requireLevelOn,
  requireLevelOnRun,
} from './experiments/experiment-access.ts';
import type { TrackingRoute } from './routes.ts';

/**
 * What it takes on the experiment that an operation names, or whose run it names. What is not here is for
 * everybody with a token, as in MLflow: reading above all.
 */
const NEEDS: Readonly<Partial<Record<TrackingRoute['operation'], ExperimentLevel>>> = {
  updateExperiment: 'CAN_MANAGE',
  deleteExperiment: 'CAN_MANAGE',
  restoreExperiment: 'CAN_MANAGE',
  setExperimentTag: 'CAN_EDIT',
  deleteExperimentTag: 'CAN_EDIT',
  createRun: 'CAN_EDIT',
  updateRun: 'CAN_EDIT',
  deleteRun: 'CAN_EDIT',
  restoreRun: 'CAN_EDIT',
  deleteRuns: 'CAN_EDIT',
  restoreRuns: 'CAN_EDIT',
  deleteTag: 'CAN_EDIT',
  logInputs: 'CAN_EDIT',
  logOutputs: 'CAN_EDIT',
  logModel: 'CAN_EDIT',
  setTag: 'CAN_EDIT',
  logBatch: 'CAN_EDIT',
  logMetric: 'CAN_EDIT',
  logParameter: 'CAN_EDIT',
};

/** The same operations, each after `check` where it needs a level; that throws PERMISSION_DENIED. */
export function guardedBy<T extends Readonly<Record<string, MlflowOperation>>, Input>(
  operations: T,
  needs: Readonly<Partial<Record<string, ExperimentLevel>>>,
  check: (input: Input, level: ExperimentLevel, context: OperationContext) => Promise<void>,
): T {
  const entries = Object.entries(operations).map(([name, operation]) => {
    const level = needs[name];
    if (!level) return [name, operation];
    const guard = async (input: Input, context: OperationContext) => {
      // Admins may do everything: nothing has to be read.
      if (!context.actor.groups.includes('admins')) await check(input, level, context);
      return operation.run(input as never, context);
    };
    return [name, { ...operation, run: guard }];
  });
  return Object.fromEntries(entries) as T;
}

interface NamesExperiment {
  readonly experiment_id?: string;
  readonly run_id?: string;
}

/** Operations of experiments and runs, each refused to callers with less than the level that it needs. */
export const guarded = <T extends Readonly<Record<string, MlflowOperation>>>(operations: T): T =>
  guardedBy(operations, NEEDS, (input: NamesExperiment, level, context) => {
    const { experiment_id = DEFAULT_EXPERIMENT_ID, run_id } = input;
    return run_id === undefined
      ? requireLevelOn(experiment_id, level, context)
      : requireLevelOnRun(run_id, level, context);
  });
